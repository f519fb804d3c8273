import type { AzureProviderOptions } from "@skyput/server/azure";
import type { CloudSetup } from "./cloud-setup.js";
import { azureCorsFix } from "./cors-fix.js";

/** What Azure calls a wrong set-up, and the commands that change it. */
export function azureSetup(options: AzureProviderOptions): CloudSetup {
	const { account, container, getToken } = options;
	const scope = `$(az storage account show --name ${account} --query id --output tsv)`;
	const assign = (role: string, below: string): string =>
		`az role assignment create --assignee IDENTITY --role "${role}" --scope "${scope}${below}"`;
	const documented = `Use Azure's service: what answers at ${options.endpoint ?? "its address"} does not do what Microsoft documents.`;
	const network = `az storage account network-rule add --account-name ${account} --ip-address ADDRESS`;
	const policy = `az storage account management-policy show --account-name ${account} --resource-group GROUP`;
	return {
		title: `Container ${container} of ${account} on Azure`,
		refusals: {
			ContainerNotFound: ["bucket-not-found"],
			ContainerBeingDeleted: ["bucket-not-found"],
			ContainerDisabled: ["bucket-not-found"],
			AuthenticationFailed: ["credentials-refused"],
			InvalidAuthenticationInfo: ["credentials-refused"],
			// what the emulator answers to a wrong key
			AuthorizationFailure: ["credentials-refused"],
			KeyBasedAuthenticationNotPermitted: [
				"credentials-refused",
				`getToken instead of accountKey, or: az storage account update --name ${account} --allow-shared-key-access true`,
			],
			AuthorizationPermissionMismatch: ["permission-missing"],
			BlobImmutableDueToPolicy: ["upload-denied"],
		},
		fixes: {
			"bucket-not-found": `Correct container of azureProvider, or: az storage container create --account-name ${account} --name ${container}`,
			"credentials-refused": `${getToken ? "Sign in again: az login" : `accountKey: the output of az storage account keys list --account-name ${account} --query "[0].value"`}. Where that is right, a firewall refuses this machine: ${network}`,
			"permission-missing": `${assign("Storage Blob Data Contributor", `/blobServices/default/containers/${container}`)} && ${assign("Storage Blob Delegator", "")}`,
			"upload-denied": `az storage container immutability-policy show --account-name ${account} --container-name ${container}`,
			"create-only-not-enforced": documented,
			"checksum-not-verified": documented,
		},
		corsFix: (origins, needs) => azureCorsFix(`${account}`, origins, needs),
		// no key of the account reads it, and the service itself discards blocks after seven days
		checkLifecycle: async () => ({
			findings: [],
			skipped: `the management policy, for what is left below ${container}/.skyput/: ${policy}`,
		}),
	};
}
