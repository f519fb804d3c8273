// Parses the module and checks what its users rely on: `npm test`. Where terraform is installed, its format
// too. `terraform validate` needs the providers, and no account was at hand to apply it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { access, glob, readFile } from "node:fs/promises";
import { parse } from "@cdktn/hcl2json";

await access("dist/handler.mjs");

/** All blocks of the module, by kind, type and name. */
const module = { resource: {}, variable: {}, locals: {} };
for await (const file of glob("*.tf")) {
	const {
		resource = {},
		variable = {},
		locals = [],
	} = await parse(file, await readFile(file, "utf8"));
	for (const [type, named] of Object.entries(resource)) {
		for (const [name, [body]] of Object.entries(named)) {
			module.resource[type] ??= {};
			assert.ok(!(name in module.resource[type]), `${type}.${name} stands twice`);
			module.resource[type][name] = body;
		}
	}
	Object.assign(module.variable, variable);
	for (const values of locals) Object.assign(module.locals, values);
}
const { resource } = module;

// every reference leads somewhere
const text = JSON.stringify(module);
for (const [, type, name] of text.matchAll(/\b((?:aws|random)_\w+)\.(\w+)/g)) {
	assert.ok(resource[type]?.[name], `${type}.${name} does not exist`);
}
for (const [, name] of text.matchAll(/\bvar\.(\w+)/g)) {
	assert.ok(module.variable[name], `var.${name} does not exist`);
}
for (const name of Object.keys(module.variable)) {
	assert.match(text, new RegExp(`\\bvar\\.${name}\\b`), `var.${name} is not used`);
}

// the bucket is closed and encrypted
const { bucket: _, ...closed } = resource.aws_s3_bucket_public_access_block.uploads;
assert.deepEqual(new Set(Object.values(closed)), new Set([true]));
const [{ object_ownership }] = resource.aws_s3_bucket_ownership_controls.uploads.rule;
assert.equal(object_ownership, "BucketOwnerEnforced");

// the routes: a token for all but preflights
assert.deepEqual(module.locals.routes, {
	"GET /uploads": "JWT",
	"POST /uploads": "JWT",
	"OPTIONS /uploads": "NONE",
	"GET /uploads/{operation}": "JWT",
	"POST /uploads/{operation}": "JWT",
	"OPTIONS /uploads/{operation}": "NONE",
});

// limits, logs that end, alarms, both secrets
const stage = resource.aws_apigatewayv2_stage.default;
assert.deepEqual(stage.default_route_settings, [
	{
		throttling_rate_limit: `$${"{var.rate_limit}"}`,
		throttling_burst_limit: `$${"{var.burst_limit}"}`,
	},
]);
assert.doesNotMatch(stage.access_log_settings[0].format, /query|header|path/i);
for (const { retention_in_days } of Object.values(resource.aws_cloudwatch_log_group)) {
	assert.equal(retention_in_days, `$${"{var.log_retention_in_days}"}`);
}
const metrics = Object.values(module.locals.alarms).map(({ metric }) => metric);
assert.deepEqual(metrics.toSorted(), ["5xx", "Errors", "Throttles"]);
const [{ variables }] = resource.aws_lambda_function.uploads.environment;
assert.deepEqual(Object.keys(variables), [
	"ALLOWED_ORIGINS",
	"BUCKET_NAME",
	"UPLOAD_TOKEN_SECRET",
	"UPLOAD_TOKEN_SECRET_PREVIOUS",
]);
console.log("the module has what its users rely on");

const { error, status, stdout } = spawnSync("terraform", ["fmt", "-check", "-diff"], {
	encoding: "utf8",
});
if (error) console.log("left out: the format, which needs terraform");
else assert.equal(status, 0, stdout);
