// forms/tanstack-query.tsx
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { uploadAttachment } from "./upload-attachment";

export function AttachmentInput() {
	const queries = useQueryClient();
	const upload = useMutation({
		mutationFn: (file: File) => uploadAttachment(file),
		retry: false,
		networkMode: "always",
		onSuccess: () => queries.invalidateQueries({ queryKey: ["attachments"] }),
	});
	return (
		<>
			<label>
				Attachment{" "}
				<input
					type="file"
					disabled={upload.isPending}
					onChange={({ target }) => {
						const [file] = target.files ?? [];
						if (file) upload.mutate(file);
					}}
				/>
			</label>
			<span role="status">{upload.isPending ? "Uploading…" : upload.data}</span>
			<span role="alert">{upload.error?.message}</span>
		</>
	);
}
