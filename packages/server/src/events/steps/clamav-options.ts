import { refuseUnknownOptions } from "../../check-options.js";
import { type ByteSize, parseSize } from "../../uploads/size.js";
import type { ArchiveRules } from "../archive/walk.js";
import type { ClamdAddress } from "./clamd.js";

/** Where clamd is, and what its `clamd.conf` says: it cannot be asked for its limits. */
export interface ClamavOptions {
	readonly host: string;
	/** @default 3310 */
	readonly port?: number | undefined;
	/** `StreamMaxLength` of clamd.conf. @default "100 MiB" */
	readonly maxStreamSize?: ByteSize | undefined;
	/** `MaxFileSize` of clamd.conf; clamd reads no further in a file or in a member. @default "100 MiB" */
	readonly maxFileSize?: ByteSize | undefined;
	/** `MaxScanSize` of clamd.conf: all that one scan reads, with unpacked members. @default "400 MiB" */
	readonly maxScanSize?: ByteSize | undefined;
	/** `MaxRecursion` of clamd.conf. @default 17 */
	readonly maxRecursion?: number | undefined;
	/** `MaxFiles` of clamd.conf. @default 10_000 */
	readonly maxFiles?: number | undefined;
	/** Days after which signatures are too old; `false`: of any age, also unknown. @default 7 */
	readonly maxAge?: number | false | undefined;
	/** Seconds without a byte from or to clamd; more than its `MaxScanTime`. @default 150 */
	readonly timeout?: number | undefined;
	/**
	 * Archives that only clamd can look into: 7z, rar, xz, bzip2, cab, arj, cpio, xar, chm, and images of discs. It does
	 * not tell which members it left unread. Those that it cannot unpack either are `unscannable` in any case, such as
	 * zstd. @default "unscannable"
	 */
	readonly otherArchives?: "unscannable" | "scan" | undefined;
}

/** The options, checked. Sizes in bytes. */
export interface ClamavSettings {
	readonly address: ClamdAddress;
	readonly maxSize: number;
	readonly maxFileSize: number;
	readonly maxRecursion: number;
	/** Days. */
	readonly maxAge: number | false;
	readonly rules: ArchiveRules;
}

const known: readonly (keyof ClamavOptions)[] = [
	"host",
	"port",
	"maxStreamSize",
	"maxFileSize",
	"maxScanSize",
	"maxRecursion",
	"maxFiles",
	"maxAge",
	"timeout",
	"otherArchives",
];

/** What clamd unpacks besides zip, tar and gzip: https://docs.clamav.net/Introduction.html */
const otherFormats = ["7z", "rar", "xz", "bzip2", "cab", "arj", "cpio", "xar", "chm", "iso"];

/** @throws TypeError for an option that makes no sense. */
export function clamavSettings(options: ClamavOptions): ClamavSettings {
	refuseUnknownOptions(options, known);
	const { host, port = 3310, maxRecursion = 17, maxFiles = 10_000 } = options;
	const { maxAge = 7, timeout = 150, otherArchives = "unscannable" } = options;
	if (typeof host !== "string" || host === "") {
		throw new TypeError("host must name the machine that clamd runs on, such as 127.0.0.1.");
	}
	for (const [name, value] of Object.entries({ port, maxRecursion, maxFiles, maxAge, timeout })) {
		if (value === false ? name === "maxAge" : value > 0) continue;
		throw new TypeError(`${name} must be a positive number, not ${value}.`);
	}
	const maxFileSize = parseSize(options.maxFileSize ?? "100 MiB");
	return {
		address: { host, port, timeout: timeout * 1000 },
		maxSize: Math.min(maxFileSize, parseSize(options.maxStreamSize ?? "100 MiB")),
		maxFileSize,
		maxRecursion,
		maxAge,
		rules: {
			maxEntries: maxFiles,
			// clamd counts what is in the innermost archive too
			maxDepth: Math.max(1, maxRecursion - 1),
			maxRatio: Number.POSITIVE_INFINITY,
			maxSize: parseSize(options.maxScanSize ?? "400 MiB"),
			maxMemberSize: maxFileSize,
			beyondLimits: "unscannable",
			safeNames: false,
			unread: (format) => otherArchives === "scan" && otherFormats.includes(format),
		},
	};
}
