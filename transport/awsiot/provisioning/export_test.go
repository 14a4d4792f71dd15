package provisioning

// DeviceFS and LoadFS work on a file system of the test's choice.
var (
	DeviceFS = device
	LoadFS   = load
)
