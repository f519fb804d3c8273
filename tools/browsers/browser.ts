/** A browser in a process of its own, with an empty profile. */
export interface Browser {
	/** Id of the process that all others of the browser descend from. */
	readonly pid: number;
	/** Opens a page in its own window; all pages share storage and locks. */
	openPage(url: string): Promise<Page>;
	/** Ends the browser and deletes its profile. */
	close(): Promise<void>;
}

/** Keys by their names in `KeyboardEvent.key`. */
export type Key = "Enter" | "Tab" | " ";

export interface Page {
	goto(url: string): Promise<void>;
	reload(): Promise<void>;
	/**
	 * Runs a function in the page and resolves with what it returns or resolves with.
	 *
	 * @param work is sent as text: it sees nothing of the scope around it
	 * @param argument anything that JSON can hold
	 */
	evaluate<Result, Argument = undefined>(
		work: (argument: Argument) => Result,
		argument?: Argument,
	): Promise<Awaited<Result>>;
	/** Chooses a file of this machine, as a person would. */
	chooseFile(selector: string, path: string): Promise<void>;
	/** Presses and releases a key, as a person would. */
	press(key: Key): Promise<void>;
	/** Takes the network away, and gives it back; throws where the engine cannot. */
	setOffline(offline: boolean): Promise<void>;
	close(): Promise<void>;
}
