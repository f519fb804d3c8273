import { crc32, deflateRawSync } from "node:zlib";

/** One member of a zip, with the lies that a test wants. */
export interface ZipMember {
	readonly name: string;
	readonly data?: Uint8Array;
	/** @default 8 */
	readonly method?: number;
	readonly flags?: number;
	/** Of Unix. */
	readonly mode?: number;
	/** Packed already. */
	readonly packed?: Uint8Array;
	/** Sizes and digest behind the data. */
	readonly descriptor?: boolean;
	/** What the headers say instead of the truth. */
	readonly claims?: { readonly unpacked?: number; readonly packed?: number; readonly crc?: number };
	/** A field of both headers. */
	readonly extra?: Uint8Array;
	/** In the directory instead of the local header's name. */
	readonly centralName?: string;
	/** Not in the directory. */
	readonly hidden?: boolean;
}

export interface ZipOptions {
	readonly comment?: string;
	/** 64-bit records also where they are not needed. */
	readonly zip64?: boolean;
	/** Number of entries that the end states. */
	readonly stated?: number;
	/** Cut off the central directory and what follows it. */
	readonly truncated?: boolean;
	/** Bytes between the members and the directory. */
	readonly gap?: Uint8Array;
}

const field = (...parts: readonly [value: number | bigint, bytes: 2 | 4 | 8][]): Buffer =>
	Buffer.concat(
		parts.map(([value, bytes]) => {
			const buffer = Buffer.alloc(bytes);
			if (bytes === 8) buffer.writeBigUInt64LE(BigInt(value));
			else buffer.writeUIntLE(Number(value), 0, bytes);
			return buffer;
		}),
	);

/** Builds a zip, regular unless a member or an option says otherwise. */
export function zip(members: readonly ZipMember[], options: ZipOptions = {}): Buffer {
	const parts: Buffer[] = [];
	const central: Buffer[] = [];
	let offset = 0;
	const add = (...buffers: readonly Uint8Array[]): void => {
		for (const buffer of buffers) {
			parts.push(Buffer.from(buffer));
			offset += buffer.length;
		}
	};
	for (const member of members) {
		const { data = new Uint8Array(), method = 8, mode = 0o100644, descriptor = false } = member;
		const body = member.packed ?? (method === 8 ? deflateRawSync(data) : data);
		const sizes = {
			crc: crc32(data),
			packed: body.length,
			unpacked: data.length,
			...member.claims,
		};
		const name = Buffer.from(member.name);
		const flags = (member.flags ?? 0) | (descriptor ? 8 : 0) | 0x800;
		const shape = field([45, 2], [flags, 2], [method, 2], [0, 4]);
		const start = offset;
		const sizesAhead = descriptor ? { crc: 0, packed: 0, unpacked: 0 } : sizes;
		const wide = options.zip64 === true && !descriptor;
		const size = (value: number): [number, 4] => [wide ? 0xffffffff : value, 4];
		const extra = wide
			? field([1, 2], [16, 2], [sizesAhead.unpacked, 8], [sizesAhead.packed, 8])
			: Buffer.from(member.extra ?? []);
		add(
			field([0x04034b50, 4]),
			shape,
			field(
				[sizesAhead.crc, 4],
				size(sizesAhead.packed),
				size(sizesAhead.unpacked),
				[name.length, 2],
				[extra.length, 2],
			),
			name,
			extra,
			body,
		);
		if (descriptor) {
			add(field([0x08074b50, 4], [sizes.crc, 4], [sizes.packed, 4], [sizes.unpacked, 4]));
		}
		if (member.hidden) continue;
		const listed = Buffer.from(member.centralName ?? member.name);
		const all = options.zip64 === true;
		const whole = (value: number): [number, 4] => [all ? 0xffffffff : value, 4];
		const fields = all
			? field([1, 2], [24, 2], [sizes.unpacked, 8], [sizes.packed, 8], [start, 8])
			: Buffer.from(member.extra ?? []);
		central.push(
			field([0x02014b50, 4], [0x031e, 2]),
			shape,
			field([sizes.crc, 4], whole(sizes.packed), whole(sizes.unpacked)),
			field([listed.length, 2], [fields.length, 2], [0, 2], [0, 2], [0, 2]),
			field([mode * 0x10000, 4], whole(start)),
			listed,
			fields,
		);
	}
	if (options.truncated) return Buffer.concat(parts);
	if (options.gap) add(options.gap);
	const start = offset;
	add(...central);
	const size = offset - start;
	const count = options.stated ?? members.filter(({ hidden }) => !hidden).length;
	if (options.zip64) {
		const end = offset;
		add(
			field([0x06064b50, 4], [44, 8], [45, 2], [45, 2], [0, 4], [0, 4]),
			field([count, 8], [count, 8], [size, 8], [start, 8]),
			field([0x07064b50, 4], [0, 4], [end, 8], [1, 4]),
		);
	}
	const comment = Buffer.from(options.comment ?? "");
	const narrow = options.zip64
		? { n: 0xffff, size: 0xffffffff, start: 0xffffffff }
		: { n: count, size, start };
	add(
		field(
			[0x06054b50, 4],
			[0, 4],
			[narrow.n, 2],
			[narrow.n, 2],
			[narrow.size, 4],
			[narrow.start, 4],
		),
		field([comment.length, 2]),
		comment,
	);
	return Buffer.concat(parts);
}

/** An extra field of a zip that holds a mode of Unix, as unzip reads it. */
export const asiUnix = (mode: number): Buffer =>
	field([0x756e, 2], [14, 2], [0, 4], [mode, 2], [0, 4], [0, 4]);

/** The same as libarchive reads it, of a member that was packed on Unix. */
export const libarchiveAttributes = (mode: number): Buffer =>
	Buffer.concat([field([0x6c78, 2], [5, 2]), Buffer.from([4]), field([mode * 0x10000, 4])]);

/** One member of a tar. */
export interface TarMember {
	readonly name: string;
	readonly data?: Uint8Array;
	/** @default "0", a file */
	readonly type?: string;
	/** In front of the name, as POSIX has it. */
	readonly prefix?: string;
	/** The magic word: POSIX's, or GNU's. @default "ustar\x0000" */
	readonly magic?: string;
	/** The checksum of bytes with a sign, as some old programs made it. */
	readonly signed?: boolean;
}

/** Builds a tar. */
export function tar(members: readonly TarMember[]): Buffer {
	const parts = members.flatMap(({ name, data = new Uint8Array(), type = "0", ...member }) => {
		const header = Buffer.alloc(512);
		header.write(name, 0, 100);
		header.write("0000644\0", 100);
		header.write(`${data.length.toString(8).padStart(11, "0")}\0`, 124);
		header.write("00000000000\0", 136);
		header.write("        ", 148);
		header.write(type, 156);
		header.write(member.magic ?? "ustar\x0000", 257);
		header.write(member.prefix ?? "", 345);
		const bytes = member.signed ? [...new Int8Array(header)] : [...header];
		const sum = bytes.reduce((total, byte) => total + byte, 0);
		header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
		return [header, data, Buffer.alloc((512 - (data.length % 512)) % 512)];
	});
	return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

/** The attributes of the next member, as pax writes them. */
export function pax(fields: Readonly<Record<string, string>>): TarMember {
	const lines = Object.entries(fields).map(([name, value]) => {
		const body = ` ${name}=${value}\n`;
		let length = body.length + 1;
		while (`${length}${body}`.length !== length) length++;
		return `${length}${body}`;
	});
	return { name: "pax", type: "x", data: Buffer.from(lines.join("")) };
}
