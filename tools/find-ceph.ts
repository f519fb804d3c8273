import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const needed = ["radosgw", "ceph-mon", "ceph-osd"];

/** Whether the programs that `tools/ceph-s3.sh` starts are on the PATH (or in `CEPH_ROOT`). */
export function findCeph(): boolean {
	const root = process.env["CEPH_ROOT"] ?? "";
	const folders =
		root === "" ? (process.env["PATH"] ?? "").split(delimiter) : [join(root, "usr/bin")];
	return needed.every((name) => folders.some((folder) => existsSync(join(folder, name))));
}
