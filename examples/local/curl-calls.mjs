import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Prints two calls that work when they are pasted into a shell (with curl and jq). */
export async function printCurlCalls({ endpoint, storage }, folder) {
	const file = join(folder, "note.txt");
	await writeFile(file, "hello from curl\n");
	console.log(`The handler answers at  ${endpoint}
The storage stands at   ${storage}

Two calls to paste; they need curl and jq. Where nothing but the key is bound, the URL is all that curl needs:

  curl -fT ${file} "$(curl -fsS "${endpoint}?key=scratch/note.txt" | jq -r .uploadURL)"

Where an object may be written once only, the headers belong to the URL (a second time is refused):

  curl -fsS "${endpoint}?key=users/42/note.txt&size=16" |
    jq -r '"url = \\(.uploadURL | @json)", (.headers | to_entries[] | "header = \\("\\(.key): \\(.value)" | @json)")' |
    curl -fT ${file} -K -

Ctrl-C stops everything and removes the files.`);
}
