/** Shut until it is opened, once and for good. */
export interface Latch {
	readonly opened: Promise<void>;
	open(): void;
}

export function createLatch(): Latch {
	let open = (): void => {};
	const opened = new Promise<void>((resolve) => {
		open = resolve;
	});
	return { opened, open };
}
