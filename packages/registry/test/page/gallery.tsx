import { type UploadList, type UseUploadOptions, useUpload } from "@skyput/client/react";
import { type ReactNode, StrictMode, useLayoutEffect } from "react";
import { createRoot } from "react-dom/client";
import { UploadAvatar } from "../../src/upload-avatar";
import { UploadButton } from "../../src/upload-button";
import { UploadDropzone } from "../../src/upload-dropzone";
import { UploadFolder } from "../../src/upload-folder";
import { UploadFileList } from "../../src/upload-list";
import { createFakeClient, type Uploads } from "./fake-client";
import { drawPicture, recordFilm } from "./pictures";
import "./gallery.css";

declare global {
	interface Window {
		readonly uploads: Uploads;
		readonly lists: Map<string, UploadList>;
		readonly drawPicture: typeof drawPicture;
		readonly recordFilm: typeof recordFilm;
	}
}

const { client, uploads } = createFakeClient();
const lists = new Map<string, UploadList>();
Object.assign(window, { uploads, lists, drawPicture, recordFilm });

const key = (_: unknown, { path }: { readonly path: string }): string => `files/${path}`;

/** A list that tests can reach by its name. */
function useNamed(name: string, options: Partial<UseUploadOptions> = {}) {
	const hook = useUpload(client, { key, parallel: 50, ...options });
	const { list } = hook;
	// before a test can see what is shown
	useLayoutEffect(() => void lists.set(name, list), [name, list]);
	return hook;
}

function Files() {
	const files = useNamed("files", {
		pending: true,
		maxFiles: Number(new URLSearchParams(location.search).get("most") ?? 20_000),
		limits: {
			maxSize: 5_000_000_000,
			contentTypes: ["image/*", "video/*", "audio/*", "application/x-tar"],
		},
	});
	return (
		<>
			<UploadDropzone
				uploads={files}
				accept={["image/*", "video/*"]}
				hint="Pictures and films, up to 5 GB each"
			/>
			<UploadFileList uploads={files} />
		</>
	);
}

function Button() {
	const uploads = useNamed("button", { limits: { maxSize: 1_000_000 } });
	return <UploadButton uploads={uploads} label="Upload invoices" />;
}

function Avatar() {
	const src = new URLSearchParams(location.search).get("avatar") ?? undefined;
	return (
		<UploadAvatar
			uploads={useNamed("avatar")}
			name="Ada Lovelace"
			hint="PNG or JPEG, up to 5 MB"
			{...(src ? { src } : {})}
		/>
	);
}

function Folder() {
	return <UploadFolder uploads={useNamed("folder")} hint="With all folders in it" />;
}

const Card = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
	<section className="card" id={title.toLowerCase().replaceAll(" ", "-")}>
		<h2>{title}</h2>
		{children}
	</section>
);

createRoot(document.querySelector("#root") as HTMLElement).render(
	<StrictMode>
		<Card title="Drop zone and file list">
			<Files />
		</Card>
		<div className="column">
			<Card title="Upload button">
				<Button />
			</Card>
			<Card title="Avatar field">
				<Avatar />
			</Card>
			<Card title="Folder upload">
				<Folder />
			</Card>
		</div>
	</StrictMode>,
);
