import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Prints two calls to paste into a shell that has curl and jq. */
export async function printCurlCalls({ endpoint, storage }, folder) {
	const file = join(folder, "note.txt");
	await writeFile(file, "hello from curl\n");
	console.log(`Endpoint of the handler ${endpoint}
Bucket                  ${storage}

Two calls to paste into a shell (they need curl and jq). Without limits on size or type, the URL is enough:

  curl -fT ${file} "$(curl -fsS "${endpoint}?key=scratch/note.txt" | jq -r .uploadURL)"

If objects can't be overwritten, send the headers too (a second upload is refused):

  curl -fsS "${endpoint}?key=users/42/note.txt&size=16" |
    jq -r '"url = \\(.uploadURL | @json)", (.headers | to_entries[] | "header = \\("\\(.key): \\(.value)" | @json)")' |
    curl -fT ${file} -K -

Press Ctrl-C to stop the servers and remove the files.`);
}
