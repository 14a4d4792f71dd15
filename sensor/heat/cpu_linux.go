package heat

// thermalZone is the kernel's first thermal zone, which is the processor on a Raspberry Pi
// (Documentation/driver-api/thermal/sysfs-api.rst).
const thermalZone = "/sys/class/thermal/thermal_zone0/temp"
