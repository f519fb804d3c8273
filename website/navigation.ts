import { errorCodes } from "../packages/protocol/src/error-codes.ts";

/** A page of the site: its address below the site's root, and its name in the navigation. */
export interface NavigationEntry {
	readonly page: string;
	readonly text: string;
}

/** Entries under one heading. */
export interface NavigationGroup {
	readonly text: string;
	readonly entries: readonly NavigationEntry[];
}

/** Every code of an error, which has the page `errors/CODE`: those of the server, then the client's own. */
export const codes: readonly string[] = [
	...Object.keys(errorCodes),
	"aborted",
	"network",
	"offline",
	"timeout",
	"cors",
	"blocked",
	"file-changed",
];

/** Every page of docs/ but those of {@link errorPages}, in the order of reading: `npm run check` compares both. */
export const navigation: readonly NavigationGroup[] = [
	{
		text: "Introduction",
		entries: [
			{ page: "start", text: "Get started" },
			{ page: "concepts", text: "Concepts" },
			{ page: "command", text: "The command" },
			{ page: "comparison", text: "Comparison" },
			{ page: "migration", text: "Migration" },
			{ page: "body-limits", text: "Why not upload through your server?" },
			{ page: "why", text: "Why not ten lines of SDK code?" },
		],
	},
	{
		text: "Server",
		entries: [
			{ page: "server", text: "Rules and handlers" },
			{ page: "frameworks", text: "Frameworks" },
			{ page: "principals", text: "Authentication" },
			{ page: "after-upload", text: "After the upload" },
			{ page: "steps", text: "Steps: types, archives, viruses" },
			{ page: "limits-and-audit", text: "Limits and audit" },
			{ page: "configuration", text: "Ready-made Lambda handler" },
			{ page: "plain-urls", text: "Plain URLs for curl" },
			{ page: "conform", text: "Servers in other languages" },
		],
	},
	{
		text: "Client",
		entries: [
			{ page: "client", text: "Upload, pause, resume" },
			{ page: "react", text: "The React hook" },
			{ page: "react-native", text: "React Native and Expo" },
			{ page: "components", text: "Components" },
			{ page: "vue-svelte-solid", text: "Vue, Svelte, Solid" },
			{ page: "forms", text: "Forms" },
			{ page: "integrity", text: "Integrity" },
			{ page: "errors", text: "Errors" },
		],
	},
	{
		text: "Storage",
		entries: [
			{ page: "clouds", text: "What each cloud enforces" },
			{ page: "storage", text: "S3 and compatible" },
			{ page: "doctor", text: "Doctor" },
			{ page: "policy", text: "IAM policy for a table" },
			{ page: "azure", text: "Azure Blob Storage" },
			{ page: "gcs", text: "Google Cloud Storage" },
			{ page: "aws", text: "What AWS was recorded to do" },
			{ page: "providers", text: "Add a storage" },
		],
	},
	{
		text: "Background",
		entries: [
			{ page: "agents", text: "For coding agents" },
			{ page: "performance", text: "Performance" },
			{ page: "security", text: "Security" },
			{ page: "decisions", text: "Decisions" },
		],
	},
];

/** The pages about errors, which have a menu of their own. */
export const errorPages: NavigationGroup = {
	text: "Error codes",
	entries: codes.map((code) => ({ page: `errors/${code}`, text: code })),
};

/** Where the pages stand that are no file of docs/, by their address. */
const elsewhere: Readonly<Record<string, string>> = {
	start: "README.md",
	security: "SECURITY.md",
	decisions: "docs/decisions/README.md",
};

/** The file of a page, in the repository. */
export const fileOf = (page: string): string => elsewhere[page] ?? `docs/${page}.md`;

/**
 * Compares the navigation with the pages of docs/.
 *
 * @param files - Paths of all committed documents, in the repository.
 * @returns A sentence for each page without an entry, and for each entry without a page.
 */
export function navigationProblems(files: readonly string[]): string[] {
	const listed = [...navigation, errorPages].flatMap(({ entries }) =>
		entries.map(({ page }) => fileOf(page)),
	);
	const pages = files.filter((file) => /^docs\/(errors\/)?[^/]+\.md$/.test(file));
	return [
		...pages
			.filter((file) => !listed.includes(file))
			.map((file) => {
				const page = file.slice("docs/".length, -".md".length);
				return `${file} is in no menu of the site: add { page: "${page}", text: "…" } to a group of website/navigation.ts`;
			}),
		...listed
			.filter((file) => !files.includes(file))
			.map((file) => `website/navigation.ts lists ${file}, which does not exist`),
	];
}
