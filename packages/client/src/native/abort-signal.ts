// Stands for the globals in the build for React Native, whose own have no `reason`, `any` and `timeout`.

type Listener = (event: { readonly type: "abort" }) => void;

/** What this package and `fetch` use of an AbortSignal. */
export class AbortSignal {
	aborted = false;
	reason: unknown;
	readonly #listeners = new Set<Listener>();

	/** Follows several signals, those of React Native included. */
	static any(signals: readonly globalThis.AbortSignal[]): AbortSignal {
		const controller = new AbortController();
		for (const signal of signals) {
			const follow = (): void => controller.abort(signal.reason);
			if (signal.aborted) follow();
			signal.addEventListener("abort", follow);
		}
		return controller.signal;
	}

	static timeout(milliseconds: number): AbortSignal {
		const controller = new AbortController();
		const reason = named("TimeoutError", "The operation timed out.");
		setTimeout(() => controller.abort(reason), milliseconds);
		return controller.signal;
	}

	addEventListener(_type: "abort", listener: Listener): void {
		this.#listeners.add(listener);
	}

	removeEventListener(_type: "abort", listener: Listener): void {
		this.#listeners.delete(listener);
	}

	throwIfAborted(): void {
		if (this.aborted) throw this.reason;
	}

	/** To be called by the controller, once. */
	follow(reason: unknown): void {
		this.aborted = true;
		this.reason = reason;
		for (const listener of [...this.#listeners]) listener({ type: "abort" });
		this.#listeners.clear();
	}
}

export class AbortController {
	readonly signal: AbortSignal = new AbortSignal();

	/** @param reason by default an AbortError */
	abort(reason: unknown = named("AbortError", "The operation was aborted.")): void {
		if (!this.signal.aborted) this.signal.follow(reason);
	}
}

/** Hermes has no DOMException. */
const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });
