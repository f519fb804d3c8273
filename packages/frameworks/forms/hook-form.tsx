// forms/hook-form.tsx
import { useForm } from "react-hook-form";
import { useAttachment } from "./use-attachment";

interface Ticket {
	readonly title: string;
	readonly attachment: string;
}

export function TicketForm({ save }: { readonly save: (ticket: Ticket) => Promise<void> }) {
	const { choose, validate, key } = useAttachment();
	const { register, handleSubmit, formState } = useForm<{ title: string; file: FileList }>({
		mode: "onChange", // tells a failed upload at once
	});
	const { errors, isSubmitting } = formState;
	return (
		<form onSubmit={handleSubmit(async ({ title }) => save({ title, attachment: await key() }))}>
			<label>
				Title <input {...register("title", { required: "Give it a title." })} />
			</label>
			<span role="alert">{errors.title?.message}</span>
			<label>
				Attachment{" "}
				<input
					type="file"
					{...register("file", { onChange: ({ target }) => choose(target.files[0]), validate })}
				/>
			</label>
			<span role="alert">{errors.file?.message}</span>
			<button type="submit" disabled={isSubmitting}>
				Save
			</button>
		</form>
	);
}
