import { UploadList } from "./upload-list";

export default function Page() {
	return (
		<main>
			<h1>Upload a file</h1>
			<UploadList />
		</main>
	);
}
