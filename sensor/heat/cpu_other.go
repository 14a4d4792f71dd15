//go:build !linux

package heat

// thermalZone is empty: there is no file that tells.
const thermalZone = ""
