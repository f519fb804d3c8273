import { useEffect, useState, useSyncExternalStore } from "react";
import { type SentRequest, sentRequests } from "./requests.ts";

/** Milliseconds in sight: from some that are enough for a few requests, up to the latest ones of a long upload. */
const [shortest, longest] = [4_000, 20_000];

/** A bar for each request of the latest seconds: what was sent side by side, and what failed and was sent again. */
export function RequestLanes() {
	const requests = useSyncExternalStore(sentRequests.subscribe, sentRequests.snapshot);
	const running = requests.some(({ end }) => end === undefined);
	const now = useClock(running);
	const latest = running ? now : Math.max(0, ...requests.map(({ end = 0 }) => end));
	const first = requests.find(({ end = latest }) => end > latest - longest)?.start ?? latest;
	const span = Math.min(longest, Math.max(shortest, latest - first));
	const from = latest - span;
	const inSight = requests.filter(({ end = latest }) => end > from);
	const lanes = Math.max(4, ...inSight.map(({ lane }) => lane + 1));
	const failed = requests.filter(({ status }) => isFailed(status)).length;
	const words = `${requests.length} requests, ${failed} of them failed`;
	return (
		<>
			<p className="legend">
				<span data-kind="call">Calls to your server</span>
				<span data-kind="bytes">Bytes to storage</span>
				<span data-kind="failed">Failed</span>
			</p>
			<div className="lanes" role="img" aria-label={words} style={{ "--lanes": lanes } as object}>
				{inSight.map((request) => (
					<i key={request.id} {...barOf(request, { from, latest, span })} />
				))}
				{requests.length === 0 && <p>Requests show up here.</p>}
			</div>
			<p className="lanes-foot">
				<bdi>{requests.length === 0 ? "" : words}</bdi>
				<span>last {Math.ceil(span / 1000)} s</span>
			</p>
		</>
	);
}

const isFailed = (status: number | undefined): boolean =>
	status !== undefined && (status === 0 || status >= 400);

interface Sight {
	readonly from: number;
	readonly latest: number;
	readonly span: number;
}

function barOf(request: SentRequest, { from, latest, span }: Sight) {
	const { kind, label, lane, start, end = latest, status } = request;
	const left = (Math.max(start, from) - from) / span;
	const width = (end - Math.max(start, from)) / span;
	const state = isFailed(status) ? "failed" : kind;
	const answer = status === undefined ? "running" : status === 0 ? "no answer" : `HTTP ${status}`;
	return {
		"data-kind": state,
		"data-running": status === undefined || undefined,
		title: `${label} · ${answer} · ${((end - start) / 1000).toFixed(1)} s`,
		style: {
			insetInlineStart: `${left * 100}%`,
			inlineSize: `max(3px, ${width * 100}% - 1px)`,
			gridRow: lane + 1,
		},
	};
}

/** Milliseconds of `performance.now()`, ten times a second while something runs. */
function useClock(isRunning: boolean): number {
	const [now, setNow] = useState(0);
	useEffect(() => {
		if (!isRunning) return;
		const tick = (): void => setNow(performance.now());
		tick();
		const timer = setInterval(tick, 100);
		return () => clearInterval(timer);
	}, [isRunning]);
	return now;
}
