import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { TicketForm } from "../forms/hook-form.tsx";
import { uploadBeforeSubmit } from "../forms/html.ts";
import { ReportForm } from "../forms/tanstack-form.tsx";
import { AttachmentInput } from "../forms/tanstack-query.tsx";

const saved: unknown[] = [];
const save = async (values: unknown): Promise<void> => {
	saved.push(values);
};
// what a test reads
Object.assign(window, { saved });

const root = document.querySelector("main") as HTMLElement;
const name = location.hash.slice(1);
if (name === "html") {
	root.innerHTML = `<form><label>Title <input name="title"></label>
		<label>Attachment <input type="file" name="file"></label><button>Save</button></form>`;
	const form = root.querySelector("form") as HTMLFormElement;
	uploadBeforeSubmit(form, form.querySelector("[type=file]") as HTMLInputElement);
	form.addEventListener("submit", (event) => {
		event.preventDefault();
		const { title, key: attachment, ...others } = Object.fromEntries(new FormData(form));
		void save({ title, attachment, ...others });
	});
} else {
	const forms = {
		"hook-form": <TicketForm save={save} />,
		"tanstack-form": <ReportForm save={save} />,
		"tanstack-query": (
			<QueryClientProvider client={new QueryClient()}>
				<AttachmentInput />
			</QueryClientProvider>
		),
	};
	createRoot(root).render(forms[name as keyof typeof forms]);
}
