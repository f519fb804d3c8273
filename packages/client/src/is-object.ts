/** Whether a value from outside has members to look at. */
export const isObject = (value: unknown): value is object =>
	typeof value === "object" && value !== null;
