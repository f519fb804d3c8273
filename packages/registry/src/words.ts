import type {
	UploadAnnouncement,
	UploadItemSnapshot,
	UploadListSnapshot,
} from "@skyput/client/react";
import { countInWords, percentInWords, sizeInWords, timeInWords } from "./format";

type UploadError = NonNullable<UploadItemSnapshot["error"]>;

/** `42% · 3.1 MB/s · 2 min left`, as far as it is known. */
function progressInWords(item: UploadItemSnapshot): string {
	const { loaded, total, bytesPerSecond, secondsLeft } = item;
	// the last byte has left, and the storage has not answered yet
	if (total !== undefined && loaded >= total) return "Finishing…";
	if (bytesPerSecond === undefined && loaded > 0) return "Slow connection. Still uploading.";
	const words = [percentInWords(item)];
	if (bytesPerSecond !== undefined) words.push(`${sizeInWords(bytesPerSecond)}/s`);
	if (secondsLeft !== undefined) words.push(timeInWords(secondsLeft));
	return words.join(" · ");
}

/**
 * Cuts a name in two; the second part has at most 10 characters.
 *
 * @param name - Of a file.
 * @returns Both parts: an accent stays with its letter, and a joined emoji is whole.
 */
export function cutInTheMiddle(name: string): readonly [head: string, tail: string] {
	const characters = Array.from(name);
	let split = characters.length - Math.min(10, Math.floor(characters.length / 2));
	const isJoined = (): boolean =>
		/[\p{Mark}\p{Emoji_Modifier}\u200d]/u.test(characters[split] ?? "") ||
		characters[split - 1] === "\u200d";
	while (split > 0 && isJoined()) split--;
	return [characters.slice(0, split).join(""), characters.slice(split).join("")];
}

/** Why an upload waits for its next attempt. */
function retryInWords({ error, retryingAt }: UploadItemSnapshot, now: number): string {
	const reasons: Partial<Record<string, string>> = {
		network: "Connection lost.",
		timeout: "No response.",
	};
	const reason = reasons[error?.code ?? ""] ?? "The server is busy.";
	const seconds = Math.ceil(((retryingAt ?? now) - now) / 1000);
	return seconds > 0 ? `${reason} Trying again in ${seconds} s` : `${reason} Trying again…`;
}

/**
 * What a row says.
 *
 * @param item - The file.
 * @param now - Milliseconds since the epoch, for the countdown to the next attempt.
 * @returns One or two short sentences.
 */
export function stateInWords(item: UploadItemSnapshot, now: number): string {
	switch (item.state) {
		case "queued":
			return "Waiting";
		case "starting":
			return "Preparing…";
		case "uploading":
			return progressInWords(item);
		case "paused":
			return `Paused at ${percentInWords(item)}`;
		case "offline":
			return "You’re offline. Continues when you reconnect.";
		case "retrying":
			return retryInWords(item, now);
		case "completing":
			return item.pending ? "Checking the file…" : "Finishing…";
		case "done":
			return `Uploaded · ${sizeInWords(item.loaded)}`;
		case "aborted":
			return "Canceled";
		case "needs-file":
			return `Choose “${item.name}” again to continue from ${percentInWords(item)}.`;
		default:
			return item.error ? errorInWords(item.error) : "The upload failed.";
	}
}

const onOurSide = "Something went wrong on our side.";

/** Sentences for errors; an error that is not in this table says its own. */
const errors: Partial<Record<string, string>> = {
	"already-exists": "This name exists.",
	"file-changed": "The file changed or can’t be read. Choose it again.",
	"invalid-key": "This name can’t be used. Rename the file.",
	"rate-limited": "Too many uploads. Wait a moment.",
	"quota-exceeded": "There is no room for this file.",
	"token-expired": "The upload expired.",
	unauthenticated: "Sign in to upload.",
	forbidden: "You can’t upload here.",
	offline: "You’re offline.",
	blocked: "Blocked by this browser or an extension.",
	network: "Connection lost.",
	timeout: "No response.",
	internal: onOurSide,
	"storage-error": onOurSide,
	"storage-unavailable": onOurSide,
};

/**
 * @param error - Of a file.
 * @returns A sentence for the person at the page.
 */
export function errorInWords({ code, message, values = {} }: UploadError): string {
	const { size, limit, contentType, extension, accepted } = values;
	if (typeof size === "number" && typeof limit === "number") {
		if (size === 0) return "This file is empty.";
		const most = code === "too-large" ? "The limit is" : "The least is";
		return `This file is ${sizeInWords(size)}. ${most} ${sizeInWords(limit)}.`;
	}
	if (code === "unsupported-type" && accepted !== undefined) {
		const kind = typeInWords(String(extension ? `.${extension}` : (contentType ?? "")));
		return `${kind} aren’t accepted. Use ${typesInWords(String(accepted).split(", "))}.`;
	}
	// the list is full
	if (code === "invalid-request" && typeof limit === "number") {
		return `You can add up to ${countInWords(limit, "file")}.`;
	}
	return errors[code] ?? message;
}

/** These end the same way however often the same file is sent. */
const final = new Set([
	"too-large",
	"invalid-size",
	"unsupported-type",
	"invalid-key",
	"forbidden",
	"rejected",
	"file-changed",
]);

/**
 * @param error - Of a file that failed.
 * @returns The label of the button that tries again; undefined where that would be in vain.
 */
export function againInWords(error: UploadError | undefined): string | undefined {
	if (error?.code === "already-exists") return "Upload under a new name";
	if (error?.code === "token-expired") return "Start again";
	return final.has(error?.code ?? "") ? undefined : "Try again";
}

/**
 * @param item - A file of the list.
 * @returns Whether it failed, and may be stored when it is sent again as it is.
 */
export const mayTryAgain = ({ state, error }: UploadItemSnapshot): boolean =>
	state === "failed" && error?.code !== "already-exists" && againInWords(error) !== undefined;

/**
 * @param items - Files of the list.
 * @returns One sentence about those that were rejected or failed, or nothing.
 */
export function errorsInWords(items: readonly UploadItemSnapshot[]): string {
	const [first, ...others] = items.filter(
		({ state }) => state === "rejected" || state === "failed",
	);
	if (!first) return "";
	const words = stateInWords(first, 0);
	const named = `${first.name}: ${words}`;
	if (others.length === 0) return named;
	const reason = others.every((item) => stateInWords(item, 0) === words) ? words : named;
	return `${countInWords(others.length + 1, "file")} weren’t uploaded. ${reason}`;
}

/** `image/png` is "PNG", `video/*` is "videos". */
const typeInWords = (type: string): string => {
	const known = { "audio/*": "audio", "application/*": "documents", "text/*": "text" }[type];
	if (known) return known;
	if (type.endsWith("/*")) return `${type.slice(0, -2)}s`;
	const name = type
		.replace(/^.*[/.]/, "")
		.replace(/^x-|\+.*$/g, "")
		.replace(/^plain$/, "txt");
	return name === "octet-stream" || name === ""
		? "Files of this type"
		: `${name.toUpperCase()} files`;
};

/**
 * @param types - MIME types or extensions.
 * @returns `PNG, JPEG or videos`.
 */
export function typesInWords(types: readonly string[]): string {
	const names = types.map((type) => typeInWords(type).replace(/ files$/, ""));
	return new Intl.ListFormat("en", { type: "disjunction" }).format(names);
}

/**
 * @param list - As it stands.
 * @returns `4 of 12 · 1.2 GB left · 3 min left`, and in the end `11 uploaded, 1 failed`.
 */
export function listInWords({
	ids,
	counts,
	state,
	loaded,
	total,
	secondsLeft,
}: UploadListSnapshot): string {
	const { done = 0, failed = 0, rejected = 0, aborted = 0 } = counts;
	const { "needs-file": left = 0, queued = 0 } = counts;
	if (state === "idle" && left === ids.length) return countInWords(left, "unfinished upload");
	// with `start: "manual"`
	if (state === "idle" && queued > 0) return `${countInWords(queued, "file")} to upload`;
	if (state === "idle") return endInWords(done, failed + rejected);
	const words = [`${done} of ${ids.length - rejected - aborted - left}`];
	if (state === "paused") words.push("Paused");
	if (total !== undefined && total > loaded) words.push(`${sizeInWords(total - loaded)} left`);
	if (secondsLeft !== undefined) words.push(timeInWords(secondsLeft));
	return words.join(" · ");
}

const endInWords = (done: number, failed: number): string => {
	if (done === 0 && failed === 0) return "Canceled";
	const words = done > 0 ? [`${done} uploaded`] : [];
	if (failed > 0) words.push(`${failed} failed`);
	return words.join(", ");
};

/**
 * @param announcement - Of the list.
 * @returns What a screen reader says.
 */
export function announcementInWords(announcement: UploadAnnouncement): string {
	switch (announcement.type) {
		case "added":
			return `${countInWords(announcement.count, "file")} added`;
		case "progress":
			return `${announcement.percent}% uploaded`;
		case "paused":
			return "Paused";
		case "offline":
			return "You’re offline. Continues when you reconnect.";
		default:
			return endInWords(announcement.done, announcement.failed);
	}
}
