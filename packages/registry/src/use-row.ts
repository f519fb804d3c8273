import { type RefObject, useEffect, useRef, useState } from "react";

/** Milliseconds since the epoch; each second a new one while something counts down. */
export function useNow(counting: boolean): number {
	const [now, setNow] = useState(0);
	useEffect(() => {
		if (!counting) return;
		const tick = (): void => setNow(Date.now());
		tick();
		const timer = setInterval(tick, 1_000);
		return () => clearInterval(timer);
	}, [counting]);
	return now;
}

/**
 * Keeps the focus in a row whose buttons come and go with its state.
 *
 * @returns the ref of the row
 */
export function useFocusInside(state: string | undefined): RefObject<HTMLLIElement | null> {
	const row = useRef<HTMLLIElement>(null);
	/** Whether the focus is here, as far as the events tell: a button that goes has no `blur` everywhere. */
	const isInside = useRef(false);
	const isMoved = useRef(false);
	useEffect(() => {
		const listen = ({ target }: FocusEvent): void => {
			isInside.current = row.current?.contains(target as Node) === true;
		};
		document.addEventListener("focusin", listen);
		return () => document.removeEventListener("focusin", listen);
	}, []);
	// the buttons follow the state
	useEffect(() => {
		const isLost = isInside.current && document.activeElement === document.body;
		if (!isLost && !isMoved.current) return;
		const buttons = row.current?.querySelectorAll<HTMLElement>(".sk-row-actions button");
		// the first of two pauses; a single one may discard
		isMoved.current = buttons?.length === 1 && isLost;
		buttons?.[0]?.focus({ preventScroll: true });
	}, [state]);
	return row;
}
