/** What a finding means, for the report and for docs/doctor.md. */
export interface FindingKind {
	/** `error`: uploads fail, or what the rules promise does not hold. `warning`: they work, with a loss. */
	readonly severity: "error" | "warning";
	/** What is wrong, without the values of one case. */
	readonly title: string;
	/** What to do, as an instruction. */
	readonly fix: string;
}

/** Makes a kind of finding that is an error. */
export const error = (title: string, fix: string): FindingKind => ({
	severity: "error",
	title,
	fix,
});
/** Makes a kind of finding that is a warning. */
export const warning = (title: string, fix: string): FindingKind => ({
	severity: "warning",
	title,
	fix,
});
