import { UploadList } from "../upload-list.tsx";

export const meta = () => [{ title: "Uploads" }];

export default function Home() {
	return (
		<main>
			<h1>Uploads</h1>
			<UploadList />
		</main>
	);
}
