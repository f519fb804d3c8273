import { createClient, createUploadList } from "@skyput/client";
import { For, from, Show } from "solid-js";
import type { uploads } from "../server/uploads.ts";

const client = createClient<typeof uploads>({ endpoint: "/api/uploads", resume: true });
const list = createUploadList(client, { key: (_, { path }) => `users/42/${path}` });

const read = () => list.snapshot().ids.flatMap((id) => list.item(id)?.snapshot() ?? []);

export function UploadList() {
	const items = from((set) => list.subscribe(() => set(read())), read());

	function add({ currentTarget: input }: { readonly currentTarget: HTMLInputElement }) {
		void list.add(input.files ?? []);
		input.value = ""; // so that the same file can be chosen again
	}

	return (
		<>
			<label>
				Files <input type="file" multiple onChange={add} />
			</label>
			<ul>
				<For each={items()}>
					{({ name, state, error, loaded, total, key }) => (
						<li>
							{name}: {error?.message ?? state}{" "}
							<progress value={loaded} max={total ?? 1} aria-label={name} />{" "}
							<Show when={state === "done" && key}>
								{(stored) => (
									<a
										href={`/api/uploads/download?redirect=true&key=${encodeURIComponent(stored())}`}
									>
										Download
									</a>
								)}
							</Show>
						</li>
					)}
				</For>
			</ul>
		</>
	);
}
