package regs

import "syscall"

// busErrnos are those of the kernel's page on I²C fault codes, and those of a bus device that has gone.
var busErrnos = [...]syscall.Errno{
	syscall.EREMOTEIO, syscall.ENXIO, syscall.ETIMEDOUT, syscall.EIO, syscall.EAGAIN, syscall.EBUSY, syscall.EOPNOTSUPP,
	syscall.EPROTO, syscall.EBADMSG, syscall.EINVAL, syscall.ENODEV, syscall.EBADF, syscall.EPERM, syscall.EACCES, syscall.ENOMEM,
}
