import { expect, test, vi } from "vitest";
import { jsonAudit } from "../../src/audit/json-audit.js";
import type { AuditEvent } from "../../src/audit-event.js";
import { createBody, serve, silentLog } from "../support/call.js";

const event: AuditEvent = { v: 1, type: "deleted", time: "now", requestId: "1", key: "files/ä\n" };

test("each event is one line of JSON, to the console or a logger such as Powertools'", () => {
	const lines: string[] = [];
	void jsonAudit({ log: { info: (line) => lines.push(line) } })(event);
	const info = vi.spyOn(console, "info").mockImplementation(() => undefined);
	void jsonAudit()(event);
	expect(info.mock.calls).toEqual([lines]);
	expect(lines[0]).not.toContain("\n");
	expect(JSON.parse(lines[0] ?? "")).toEqual(event);
	info.mockRestore();
});

test("no query of a URL, token or credential is written, whoever put it into a key or a claim", async () => {
	const lines: string[] = [];
	const token = `${"A".repeat(40)}.${"b".repeat(43)}`;
	const jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiI3In0.secretsecret";
	const server = serve({
		audit: jsonAudit({ log: { info: (line) => lines.push(line) } }),
		principal: () => ({ sub: jwt, iss: "https://id.example/?code=secretsecret" }),
		log: silentLog(),
	});
	await server.post("", createBody(`files/${token}`, 5));
	await server.post("", createBody("files/X-Amz-Signature=secretsecret", 5));
	await server.post("", createBody("files/a", 5, { contentType: `x/${"y".repeat(60_000)}` }));
	expect(lines).toHaveLength(3);
	for (const line of lines) {
		expect(line).not.toMatch(/secretsecret|bbbbbbbbbb|signature=/i);
		expect(line.length).toBeLessThan(3000);
		expect(JSON.parse(line)).toMatchObject({ v: 1, requestId: "request-1" });
	}
});

test("what a stranger sends breaks no line of the log or the audit, and moves no cursor", async () => {
	const lines: string[] = [];
	const write = (line: string) => void lines.push(line);
	const log = { error: write, warn: write, info: write };
	const server = serve({ log, audit: jsonAudit({ log }) });
	const controls = "a\u0085b\u2028c\u009bd\u202ee\u2066";
	await server.post("", createBody("files/a", 5, { contentType: controls }));
	await server.get(`${encodeURIComponent(`${controls}=1&${controls}`)}=2`);
	const body = createBody("files/a", 5);
	await server.send("POST", "/uploads", { body, headers: { "content-type": controls } });
	await server.send("DELETE", "/uploads", { headers: { "x-request-id": controls } });
	expect(lines.length).toBeGreaterThan(5);
	for (const line of lines) expect(line).not.toMatch(/[^\x20-\x7e]/);
	expect(lines.map((line) => JSON.parse(line).contentType)).toContain(controls);
});

test("a logger in place of the options is refused when the function is made", () => {
	const logger = { info: () => undefined, level: "INFO" };
	expect(() => jsonAudit(logger as never)).toThrow(
		'Unknown option of jsonAudit "info". Known is: log.',
	);
});

test("a logger without info is refused when the function is made", () => {
	expect(() => jsonAudit({ log: {} as never })).toThrow(
		new TypeError("log.info must be a function."),
	);
});
