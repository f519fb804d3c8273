/**
 * A self-signed certificate for 127.0.0.1, good for a hundred years. Its key guards nothing: it is here
 * so that the tests need no program that makes one.
 */
export const certificate: { readonly cert: string; readonly key: string } = {
	cert: `-----BEGIN CERTIFICATE-----
MIIBlTCCATygAwIBAgIUCRph+3H2pbR16CqW2n6UqfqSkH8wCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMc2t5cHV0LXRlc3RzMCAXDTI2MTEyMzA4MTIyN1oYDzIxMjYx
MDMwMDgxMjI3WjAXMRUwEwYDVQQDDAxza3lwdXQtdGVzdHMwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAASinXIBZiNKB/ZfiqST2MCDt9GUIxu7zkKDqrgjxtOsdFse
b7hqMqg3kYLkzgrZj4MGV/MZjnrUaBmFB99rEg+wo2QwYjAdBgNVHQ4EFgQUQfdP
hEu4VZzeRbQgzUDhNoxy9FUwHwYDVR0jBBgwFoAUQfdPhEu4VZzeRbQgzUDhNoxy
9FUwDwYDVR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMC
A0cAMEQCIBfSPU0gaCXdcLzrAmfTMSbZWhcsKWNa576Pz0uBveVVAiASoLorV9BX
vNtxqVaSWwtVJA7Ss/j6E8cT7ZIDUesWEw==
-----END CERTIFICATE-----
`,
	key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgwQ9nZuci+KFaNKBP
hHrt/UEaLZZjHTj2lZcZmpqtNCChRANCAASinXIBZiNKB/ZfiqST2MCDt9GUIxu7
zkKDqrgjxtOsdFseb7hqMqg3kYLkzgrZj4MGV/MZjnrUaBmFB99rEg+w
-----END PRIVATE KEY-----
`,
};
