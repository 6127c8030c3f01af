-- SPDX-License-Identifier: Apache-2.0
-- What wixl does not know: done to the MSI by msibuild. One statement a line.
-- A component that is there only when it is asked for; properties that a user's msiexec may hand to the service.
UPDATE `Component` SET `Condition` = 'REPLACE_JAVA_PLUGIN="1"' WHERE `Component` = 'JavaPlugin'
UPDATE `Property` SET `Value` = 'WIX_DOWNGRADE_DETECTED;WIX_UPGRADE_DETECTED;REPLACE_JAVA_PLUGIN;PURGE' WHERE `Property` = 'SecureCustomProperties'
-- 0x8000: without its service it is not installed.
UPDATE `ServiceInstall` SET `ErrorControl` = 32769 WHERE `ServiceInstall` = 'Service'
-- The folder of configuration and record: the program makes the same one where it is missing.
CREATE TABLE `MsiLockPermissionsEx` (`MsiLockPermissionsEx` CHAR(72) NOT NULL, `LockObject` CHAR(72) NOT NULL, `Table` CHAR(32) NOT NULL, `SDDLText` CHAR(0) NOT NULL, `Condition` CHAR(255) PRIMARY KEY `MsiLockPermissionsEx`)
INSERT INTO `MsiLockPermissionsEx` (`MsiLockPermissionsEx`, `LockObject`, `Table`, `SDDLText`) VALUES ('DataFolder', 'DataFolder', 'CreateFolder', 'O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)')
