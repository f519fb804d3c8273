import { createClient } from "@skyput/client";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { recordBytes, recordingFetch } from "./requests.ts";
import { Showcase } from "./showcase.tsx";
import "./style.css";

recordBytes();

const client = createClient({
	endpoint: "/uploads",
	fetch: recordingFetch,
	resume: true,
	// parts also of files that upload in a moment
	multipartThreshold: 10_000_000,
});

createRoot(document.getElementById("app") as HTMLElement).render(
	<StrictMode>
		<Showcase client={client} />
	</StrictMode>,
);
