import { type RefObject, useEffect, useRef } from "react";

/**
 * Keeps the focus in an element whose buttons come and go with a state.
 *
 * @param state - The state of what the element shows.
 * @param selector - The first match in the element takes the focus.
 * @returns The ref of the element.
 */
export function useFocusInside<Kept extends HTMLElement>(
	state: string | undefined,
	selector: string,
): RefObject<Kept | null> {
	const element = useRef<Kept>(null);
	/** Whether the focus is here, as far as the events tell: a button that goes has no `blur` everywhere. */
	const isInside = useRef(false);
	const isMoved = useRef(false);
	useEffect(() => {
		const listen = ({ target }: FocusEvent): void => {
			isInside.current = element.current?.contains(target as Node) === true;
		};
		document.addEventListener("focusin", listen);
		return () => document.removeEventListener("focusin", listen);
	}, []);
	// the buttons follow the state
	useEffect(() => {
		const isLost = document.activeElement === document.body;
		if (!isInside.current || !(isLost || isMoved.current)) return;
		const targets = element.current?.querySelectorAll<HTMLElement>(selector);
		// the first of two pauses; a single one may discard
		isMoved.current = targets?.length === 1 && isLost;
		targets?.[0]?.focus({ preventScroll: true });
	}, [state, selector]);
	return element;
}
