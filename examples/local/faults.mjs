import { faultNamed } from "@skyput/testing";

/** Hits one of `every` requests, so that sending it again helps. */
const sometimes = (rule, every) =>
	Array.from({ length: 1_000 }, (_, index) => ({ ...rule, nth: every * index + 1 }));

/** As S3 answers: pages read its errors too. */
const answer = { kind: "respond", when: "after-body", readable: true };
const busy = { ...answer, status: 503, code: "SlowDown", retryAfter: 3 };
const expired = { ...answer, status: 403, code: "AccessDenied", message: "Request has expired" };
const slow = { kind: "throttle", bandwidth: 500_000 };
const connectionReset = { fault: { name: "offline", effect: { kind: "reset", at: "start" } } };
const bytes = { method: "PUT" };

/** Rules of the proxies in front of the storage and the handler, by the name of what is broken. */
const faults = {
	none: {},
	"slow-line": { storage: [{ ...bytes, fault: { name: "slow line", effect: slow } }] },
	offline: { storage: [connectionReset], handler: [connectionReset] },
	"busy-storage": { storage: sometimes({ ...bytes, fault: { name: "503", effect: busy } }, 3) },
	"expired-urls": {
		// a fresh URL that is refused again ends an upload, as it should
		storage: sometimes({ ...bytes, attempt: 1, fault: { name: "expired", effect: expired } }, 5),
	},
	"flipped-bit": { storage: sometimes({ ...bytes, fault: faultNamed("flipped bit") }, 5) },
};

export const faultNames = Object.keys(faults).filter((name) => name !== "none");

/**
 * Breaks the network between the page, the handler and the storage.
 *
 * @param backend what `startBackend` resolved to, with both proxies
 * @param {string} name of `faultNames`, or "none"
 */
export function breakNetwork({ storageProxy, handlerProxy }, name) {
	if (!Object.hasOwn(faults, name))
		throw new RangeError(
			`There is no fault "${name}"; there are ${faultNames.join(", ")} and none.`,
		);
	const { storage = [], handler = [] } = faults[name];
	storageProxy.rules.splice(0, Number.POSITIVE_INFINITY, ...storage);
	handlerProxy.rules.splice(0, Number.POSITIVE_INFINITY, ...handler);
}
