interface Link {
	readonly text: string;
	readonly link: string;
}

/** What the picture shows, for screens on which it would be too small to read. */
export const steps: readonly string[] = [
	"The client sends key, size and type to your server.",
	"Your server checks its rules and answers with signed requests.",
	"The client sends the file straight to the storage, in one PUT or in parallel parts.",
	"Your server verifies what is stored, and commits it.",
];

export const features: readonly (Link & { readonly title: string })[] = [
	{
		title: "Survives bad networks",
		text: "Failed parts are sent again, expired URLs are renewed, and an interrupted upload continues after a reload, a crash or a lost connection.",
		link: "/client#resume",
	},
	{
		title: "Closed by default",
		text: "A key without a rule, or a rule without authorize, is refused. Length, type and “do not overwrite” are part of the signature.",
		link: "/server#rules",
	},
	{
		title: "Verified, byte by byte",
		text: "A CRC of the whole file travels with it. The storage refuses other bytes, or your server compares before it commits.",
		link: "/integrity",
	},
	{
		title: "Typed from table to component",
		text: "Keys, metadata and results of the client are checked by the compiler against the server's table.",
		link: "/client#keys",
	},
	{
		title: "Any size, any source",
		text: "Files, folders, buffers, paths and streams of unknown length, in bounded memory. Parallel multipart above 100 MB, by the same call.",
		link: "/client#streams",
	},
	{
		title: "Errors that say what to do",
		text: "Every failure has a stable code, its likely cause and the remedy. CORS, clocks, regions and policies are told apart.",
		link: "/errors",
	},
];

/** From docs/performance.md and docs/why.md, which name the commands. */
export const numbers: readonly { readonly value: string; readonly text: string }[] = [
	{ value: "23 kB", text: "of client, gzipped; code for large files loads apart" },
	{ value: "6×", text: "the speed of one PUT on a line with 50 ms and 20 MB/s per connection" },
	{ value: "6.3 µs", text: "to sign a part, where the SDK's presigner takes 438 µs" },
	{ value: "0 bytes", text: "of a file through your server" },
];

export const frameworks: readonly Link[] = [
	["Next.js", "next-js"],
	["Hono", "hono"],
	["Express", "express"],
	["Fastify", "fastify"],
	["SvelteKit", "sveltekit"],
	["Nuxt, Nitro", "nuxt-and-nitro"],
	["Astro", "astro"],
	["React Router", "react-router"],
	["TanStack Start", "tanstack-start"],
	["NestJS", "nestjs"],
	["Koa", "koa"],
	["Lambda", "aws-lambda-with-middy-s-parsers"],
].map(([text = "", anchor]) => ({ text, link: `/frameworks#${anchor}` }));

export const storages: readonly Link[] = [
	...["Amazon S3", "Cloudflare R2", "MinIO", "Ceph", "Backblaze B2", "Tigris", "Wasabi"].map(
		(text) => ({ text, link: "/clouds" }),
	),
	{ text: "Azure Blob Storage", link: "/azure" },
	{ text: "Google Cloud Storage", link: "/gcs" },
];
