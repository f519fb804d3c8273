/** A CRC-32 that is used again and again. */
export interface FastCrc32 {
	update(chunk: Uint8Array): void;
	/** The CRC of all chunks since the last call. */
	digest(): number;
}

/**
 * A CRC-32 that needs no table for most bytes: each word of 128 bits is added to four later ones, since
 * x^300 + x^155 + x^117 + x^89 + 1 is divisible by the polynomial, and so is its 128th power (arXiv 2412.16398).
 * Only what is left at the end is divided by it.
 *
 * Its text is part of a worker, so it uses nothing of its module, and no syntax that needs a compiler's helper.
 */
export function createFastCrc32(): FastCrc32 {
	/** Bytes between a word and the four that it is added to. */
	const distances = [2320, 2928, 3376, 4800];
	/** The memory begins with as many zeros as the longest distance; then come the bytes. */
	const start = 4800;
	const capacity = 2 ** 20;
	const table = new Int32Array(256);
	for (let byte = 0; byte < 256; byte++) {
		let crc = byte;
		for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
		table[byte] = crc;
	}

	let memory = new ArrayBuffer(start + capacity);
	/** Adds the words of so many bytes to later ones, as WebAssembly with vectors and without. */
	let fold = (bytes: number): void => {
		for (let at = start / 4; at < (start + bytes) / 4; at++) {
			let word = words[at] as number;
			word ^= (words[at - 580] as number) ^ (words[at - 732] as number);
			word ^= (words[at - 844] as number) ^ (words[at - 1200] as number);
			words[at] = word;
		}
	};
	// biome-ignore format: one instruction a line
	const code = [
		0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
		1, 5, 1, 0x60, 1, 0x7f, 0,             // type: (i32) -> ()
		3, 2, 1, 0,                            // a function of it
		5, 3, 1, 0, 17,                        // a memory of 17 pages
		7, 9, 2, 1, 0x6d, 2, 0, 1, 0x66, 0, 0, // exports: memory "m", function "f"
		10, 70, 1, 68, 1, 1, 0x7f,             // its code, with one local: at = 0
		0x03, 0x40,                            // loop
		0x20, 1,                               //   at
		0x20, 1, 0xfd, 0x00, 4, 0xc0, 0x25,    //   v128.load at + 4800
		0x20, 1, 0xfd, 0x00, 4, 0xb0, 0x13,    //   v128.load at + 4800 - 2320
		0xfd, 0x51,                            //   v128.xor
		0x20, 1, 0xfd, 0x00, 4, 0xd0, 0x0e,    //   v128.load at + 4800 - 2928
		0xfd, 0x51,                            //   v128.xor
		0x20, 1, 0xfd, 0x00, 4, 0x90, 0x0b,    //   v128.load at + 4800 - 3376
		0xfd, 0x51,                            //   v128.xor
		0x20, 1, 0xfd, 0x00, 4, 0,             //   v128.load at
		0xfd, 0x51,                            //   v128.xor
		0xfd, 0x0b, 4, 0xc0, 0x25,             //   v128.store at + 4800
		0x20, 1, 0x41, 16, 0x6a, 0x22, 1,      //   at += 16
		0x20, 0, 0x49, 0x0d, 0,                //   again if at < bytes
		0x0b, 0x0b,
	];
	try {
		const module = new WebAssembly.Module(new Uint8Array(code));
		const { m, f } = new WebAssembly.Instance(module).exports;
		memory = (m as WebAssembly.Memory).buffer;
		fold = f as (bytes: number) => void;
	} catch {
		// no vectors, or a Content Security Policy without 'wasm-unsafe-eval'
	}
	const bytes = new Uint8Array(memory);
	const words = new Int32Array(memory, 0, (start + capacity) / 4);
	let crc = -1;
	let filled = 0;

	const flush = (): void => {
		let at = start;
		const end = start + filled;
		if (filled > 2 * start) {
			words[start / 4] = (words[start / 4] as number) ^ crc;
			crc = 0;
			at = filled - (filled % 16);
			fold(at - start);
			for (const distance of distances) {
				for (let word = at / 4; word < (at + distance) / 4; word++) {
					words[word] = (words[word] as number) ^ (words[word - distance / 4] as number);
				}
			}
		}
		for (; at < end; at++) {
			crc = (crc >>> 8) ^ (table[(crc ^ (bytes[at] as number)) & 255] as number);
		}
		filled = 0;
	};
	return {
		update(chunk) {
			for (let from = 0; from < chunk.length; ) {
				const piece = chunk.subarray(from, from + capacity - filled);
				bytes.set(piece, start + filled);
				from += piece.length;
				filled += piece.length;
				if (filled === capacity) flush();
			}
		},
		digest() {
			flush();
			const value = ~crc;
			crc = -1;
			return value;
		},
	};
}
