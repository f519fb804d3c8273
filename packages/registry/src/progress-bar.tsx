import { percentInWords, timeInWords } from "./format";

interface ProgressBarProps {
	/** What is uploaded. */
	readonly name: string;
	readonly loaded: number;
	readonly total?: number | undefined;
	readonly secondsLeft?: number | undefined;
}

/** A bar that says in words how far an upload is. */
export function ProgressBar({ name, loaded, total, secondsLeft }: ProgressBarProps) {
	const share = total ? Math.min(1, loaded / total) : undefined;
	const words = [percentInWords({ loaded, total })];
	if (secondsLeft !== undefined) words.push(timeInWords(secondsLeft, true));
	return (
		<div
			className="sk-bar"
			role="progressbar"
			aria-label={name}
			aria-valuemin={0}
			aria-valuemax={100}
			// absent while unknown: the bar moves by itself then
			aria-valuenow={share === undefined ? undefined : Math.floor(share * 100)}
			aria-valuetext={words.join(", ")}
		>
			<span style={share === undefined ? undefined : { inlineSize: `${share * 100}%` }} />
		</div>
	);
}
