import { createFileRoute } from "@tanstack/react-router";
import { UploadList } from "../upload-list.tsx";

export const Route = createFileRoute("/")({ component: Home });

function Home() {
	return (
		<main>
			<h1>Uploads</h1>
			<UploadList />
		</main>
	);
}
