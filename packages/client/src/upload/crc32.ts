/** Divides by x modulo the reversed CRC-32 polynomial of ISO 3309, as in zlib. */
export const shiftCrc32 = (crc: number): number => (crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1);

/** Base64 of the four bytes of a CRC, big-endian. */
export function toBase64(crc: number): string {
	return btoa(String.fromCharCode(crc >>> 24, (crc >>> 16) & 255, (crc >>> 8) & 255, crc & 255));
}
