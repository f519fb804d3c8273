import { completionCommand } from "./completion/completion-command.js";
import { conformCommand } from "./conform/conform-command.js";
import type { CommandFactory } from "./context.js";
import { devCommand } from "./dev/dev-command.js";
import { doctorCommand } from "./doctor/doctor-command.js";
import { initCommand } from "./init/init-command.js";
import { policyCommand } from "./policy/policy-command.js";
import { uploadCommand } from "./upload/upload-command.js";

/** Every command, in the order of the help. A new one is a folder with its factory, and a line here. */
export const commands: readonly CommandFactory[] = [
	initCommand,
	devCommand,
	uploadCommand,
	policyCommand,
	doctorCommand,
	conformCommand,
	completionCommand,
];
