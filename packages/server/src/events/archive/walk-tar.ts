import { type ByteQueue, endsInZeros, section } from "./byte-queue.js";
import { checkName, refuseSpecialFile, unreadable, type Walk } from "./walk.js";

const block = 512;
/** Bytes of a name or of other attributes in front of a member. */
const maxAttributes = 1024 * 1024;

/** Whether these 512 bytes are the header of a member: its checksum is right, with or without a magic word. */
export function isTarHeader(bytes: Buffer): boolean {
	if (bytes.length < block) return false;
	const header = Buffer.from(bytes.subarray(0, block)).fill(" ", 148, 156);
	// some old programs add bytes with a sign, and most that read take either
	const add = (a: number, b: number): number => a + b;
	const sums = [header.reduce(add), new Int8Array(header).reduce(add)];
	const stated = /^ *([0-7]{1,7})[ \0]/.exec(bytes.toString("latin1", 148, 156))?.[1];
	return stated !== undefined && sums.includes(Number.parseInt(stated, 8));
}

/** Walks through a tar: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html */
export async function walkTar(queue: ByteQueue, depth: number, walk: Walk): Promise<void> {
	/** Of the next member. */
	let own: Readonly<Record<string, string>> = {};
	/** The types of the headers that they come from. */
	let seen = "";
	for (;;) {
		const header = await queue.take(block);
		if (header.every((byte) => byte === 0)) break;
		if (!isTarHeader(header)) throw unreadable("A header of the tar is damaged.");
		const type = String.fromCharCode(header[156] ?? 0);
		const isAttributes = /[xgLK]/.test(type);
		const size =
			own.size === undefined || isAttributes ? numberAt(header, 124, 12) : decimal(own.size);
		if (!Number.isSafeInteger(size) || size < 0)
			throw unreadable("A size in the tar is impossible.");
		if (isAttributes) {
			// of two, some programs read the first, and others the second
			if (seen.includes(type)) throw unreadable("A member of the tar has its attributes twice.");
			if (type !== "g") seen += type;
			own = { ...own, ...(await takeAttributes(queue, type, size)) };
			// programs differ in which of two names they take
			if (own.path !== undefined) checkName(own.path, walk.rules);
			continue;
		}
		const [name, withPrefix] = namesOf(header);
		walk.addMember(own.path ?? withPrefix);
		// programs differ in whether they read attributes and prefixes
		for (const other of [name, withPrefix]) checkName(other, walk.rules);
		const isFolder = [own.path ?? name, name, withPrefix].some((one) => one.endsWith("/"));
		[own, seen] = [{}, ""];
		if ("12346".includes(type)) {
			refuseSpecialFile(walk.rules);
			// programs differ in whether they skip as many bytes
			if (size > 0) throw unreadable("A link or special file in the tar states a size.");
		}
		if (!"\x0001234567".includes(type))
			throw unreadable("The tar has a member of an unknown type.");
		const length = "\x0007".includes(type) ? size : 0;
		// some programs take it for a folder without data, and the data for members
		if (isFolder && length > 0) throw unreadable("A folder in the tar has data.");
		await walk.inside(walk.count(section(queue, length)), depth + 1);
		await queue.take((block - (length % block)) % block);
	}
	if (!(await endsInZeros(queue))) throw unreadable("The tar has bytes behind its end.");
}

async function takeAttributes(
	queue: ByteQueue,
	type: string,
	size: number,
): Promise<Record<string, string>> {
	if (size > maxAttributes) throw unreadable("The attributes of a member of the tar are too long.");
	const bytes = await queue.take(size);
	await queue.take((block - (size % block)) % block);
	if (type === "L") return { path: untilNul(bytes.toString("utf8")) };
	if (type === "K") return {};
	const fields: Record<string, string> = {};
	for (let at = 0; at < bytes.length; ) {
		const digits = /^\d{1,7} /.exec(bytes.toString("latin1", at, at + 8))?.[0] ?? "";
		const end = at + Number(digits);
		if (digits === "" || end > bytes.length || end <= at) {
			throw unreadable("The attributes of a member of the tar are damaged.");
		}
		const [name = "", ...value] = bytes.toString("utf8", at + digits.length, end - 1).split("=");
		if (Object.hasOwn(fields, name)) throw unreadable("An attribute in the tar is given twice.");
		fields[name] = value.join("=");
		at = end;
	}
	const isSparse = Object.keys(fields).some((name) => name.startsWith("GNU.sparse"));
	const forAll = type === "g" && (fields.path !== undefined || fields.size !== undefined);
	if (isSparse || forAll) throw unreadable("The tar has attributes that cannot be read here.");
	return type === "g" ? {} : fields;
}

const decimal = (text: string): number => (/^\d+$/.test(text) ? Number(text) : Number.NaN);

/** Octal, or binary where the first bit is set. */
function numberAt(header: Buffer, start: number, length: number): number {
	const field = header.subarray(start, start + length);
	if (((field[0] ?? 0) & 0x80) !== 0) {
		const value = BigInt(`0x${field.toString("hex")}`) & ((1n << BigInt(length * 8 - 1)) - 1n);
		return Number(value);
	}
	const text = field
		.toString("latin1")
		.replace(/[\0 ]+$/, "")
		.trim();
	return text === "" ? 0 : /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
}

/** The name in a header, without and with the prefix that POSIX has where others keep times. */
function namesOf(header: Buffer): readonly [string, string] {
	const name = untilNul(header.toString("latin1", 0, 100));
	const prefix = untilNul(header.toString("latin1", 345, 500));
	return [name, prefix === "" ? name : `${prefix}/${name}`];
}

const untilNul = (text: string): string => text.split("\0")[0] ?? "";
