import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { type Ceph, startCeph } from "./start-ceph.js";

/** A Ceph whose user assumes roles. */
export interface CephRoles {
	readonly ceph: Ceph;
	/** Makes a role with these statements, and returns the credentials of a session of it, and its ARN. */
	assume(statements: readonly object[]): Promise<{
		readonly roleArn: string;
		readonly accessKeyId: string;
		readonly secretAccessKey: string;
		readonly sessionToken: string;
		readonly expiration: Date | undefined;
	}>;
	close(): Promise<void>;
}

const document = (Statement: readonly object[]): string =>
	JSON.stringify({ Version: "2012-10-17", Statement });

/** Starts a Ceph with STS. @throws Error where Ceph is not installed */
export async function startCephRoles(): Promise<CephRoles> {
	const ceph = await startCeph({ sts: true });
	if (!ceph) throw new Error("Ceph is not installed");
	const { endpoint, region, accessKeyId, secretAccessKey } = ceph;
	const options = { endpoint, region, credentials: { accessKeyId, secretAccessKey } };
	const iam = new IAMClient(options);
	const sts = new STSClient(options);
	const trust = {
		Effect: "Allow",
		Principal: { AWS: ["arn:aws:iam:::user/tester"] },
		Action: ["sts:AssumeRole"],
	};
	let roles = 0;
	return {
		ceph,
		async assume(statements) {
			const RoleName = `role-${++roles}`;
			const AssumeRolePolicyDocument = document([trust]);
			const role = new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument });
			const { Role } = await iam.send(role);
			const PolicyDocument = document(statements);
			await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "p", PolicyDocument }));
			const { Credentials: found } = await sts.send(
				new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: "handler" }),
			);
			return {
				roleArn: Role?.Arn ?? "",
				accessKeyId: found?.AccessKeyId ?? "",
				secretAccessKey: found?.SecretAccessKey ?? "",
				sessionToken: found?.SessionToken ?? "",
				expiration: found?.Expiration,
			};
		},
		async close() {
			iam.destroy();
			sts.destroy();
			await ceph.close();
		},
	};
}
