import type { Framework } from "./framework.js";
import { express, fastify, hono, lambda, node, workers } from "./node-frameworks.js";
import { astro, next, nuxt, reactRouter, sveltekit, tanstackStart } from "./web-frameworks.js";

/** Every framework; the first that a project uses is taken, so those that build on others stand before them. */
export const frameworks: readonly Framework[] = [
	next,
	nuxt,
	sveltekit,
	astro,
	tanstackStart,
	reactRouter,
	hono,
	fastify,
	express,
	workers,
	lambda,
	node,
];
