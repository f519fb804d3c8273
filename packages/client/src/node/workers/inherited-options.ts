/**
 * Options that decide whom a thread trusts and how it connects. Each counts for one thread, and each is
 * allowed for a worker; what a worker is not allowed to have counts for the whole process anyhow.
 */
const inherited = /^--(no-)?(tls-m|use-system-ca|dns-|network-)/;

/**
 * Of the words that Node was started with, those that a worker needs too. No value begins with a dash:
 * a word without one belongs to the option before it, and goes where that goes.
 */
export function inheritedOptions(words: readonly string[]): string[] {
	let goes = false;
	return words.filter((word) => {
		// Node takes either in the name of an option
		if (word.startsWith("-")) goes = inherited.test(word.replaceAll("_", "-"));
		return goes;
	});
}
