// forms/tanstack-form.tsx
import { useForm } from "@tanstack/react-form";
import { useAttachment } from "./use-attachment";

interface Report {
	readonly title: string;
	readonly attachment: string;
}

export function ReportForm({ save }: { readonly save: (report: Report) => Promise<void> }) {
	const { choose, validate, key } = useAttachment();
	const form = useForm({
		defaultValues: { title: "", file: undefined as File | undefined },
		canSubmitWhenInvalid: true, // also while a file is uploaded: submitting waits for it
		onSubmit: async ({ value: { title } }) => save({ title, attachment: await key() }),
	});
	return (
		<form
			onSubmit={(event) => {
				event.preventDefault();
				void form.handleSubmit();
			}}
		>
			<form.Field name="title">
				{(field) => (
					<label>
						Title{" "}
						<input
							value={field.state.value}
							onChange={({ target }) => field.handleChange(target.value)}
						/>
					</label>
				)}
			</form.Field>
			<form.Field name="file" validators={{ onChangeAsync: validate }}>
				{(field) => (
					<>
						<label>
							Attachment{" "}
							<input
								type="file"
								onChange={({ target }) => {
									const [file] = target.files ?? [];
									choose(file);
									field.handleChange(file);
								}}
							/>
						</label>
						<span role="alert">{field.state.meta.errors.join(" ")}</span>
					</>
				)}
			</form.Field>
			<form.Subscribe selector={({ isSubmitting }) => isSubmitting}>
				{(isSubmitting) => (
					<button type="submit" disabled={isSubmitting}>
						Save
					</button>
				)}
			</form.Subscribe>
		</form>
	);
}
