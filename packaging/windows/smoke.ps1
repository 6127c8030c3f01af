# SPDX-License-Identifier: Apache-2.0
<#
.SYNOPSIS
Checks on a real Windows what wine cannot show of resetpwd-agent and its MSI.

.DESCRIPTION
NOT RUN YET ON REAL WINDOWS: written from the documentation, for whoever has one. For PowerShell 5.1, elevated, on a
machine that may be thrown away: it installs and removes the MSI, makes and removes the account "rpa-smoke", raises the
least length of a password for a moment, and makes stand-ins of the Java plugin. All resets are of "rpa-smoke", but for
a dry run, from metadata services of its own on 127.0.0.1. It starts nothing where any of these are there already. What
is left to do by hand is in the project's README.md, section "Windows".

.EXAMPLE
powershell -ExecutionPolicy Bypass -File smoke.ps1 -Msi resetpwd-agent-0.1.0-x64.msi
#>
#Requires -Version 5.1
#Requires -RunAsAdministrator
param([Parameter(Mandatory = $true)][string]$Msi)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$Msi = (Resolve-Path $Msi).ProviderPath
$User = 'rpa-smoke'
$Service = 'resetpwd-agent'
$Exe = "$env:ProgramFiles\resetpwd-agent\resetpwd-agent.exe"
$Data = "$env:ProgramData\resetpwd-agent"
$Config = "$Data\resetpwd-agent.conf"
$JavaPlugin = 'CloudResetPwdAgent', 'CloudResetPwdUpdateAgent'
$Work = Join-Path $env:TEMP "rpa-smoke-$PID"
$Uuid = '8ae2549a-7b09-4787-8f25-4487d61be128'
# A published example of the encryption, and what it holds.
$KnownBlob = '0Rqv2zwGpvA=brvpQE1/AAkxrniFf9LgkOanJuSq3uPClZ5eCM6JDpRXqGcHACe6ZBWOdqiKRQTM'
$KnownPassword = 'Fusion@123123123123123123123123123123123123123'
$SystemAndAdministrators = 'S-1-5-18', 'S-1-5-32-544'
$script:Failures = 0

Add-Type -Namespace Smoke -Name Native -MemberDefinition @'
[DllImport("advapi32.dll", CharSet = CharSet.Unicode, SetLastError = true)]
public static extern bool LogonUserW(
    string user, string domain, string password, int type, int provider, out IntPtr token);
[DllImport("kernel32.dll")] public static extern bool CloseHandle(IntPtr handle);
[DllImport("kernel32.dll")] public static extern uint SetErrorMode(uint mode);
'@
# A program that cannot start ends, and no window waits for a click.
[void][Smoke.Native]::SetErrorMode(1)

function Check([string]$What, [bool]$Good, [string]$Seen = '') {
    if ($Good) {
        Write-Host "ok    $What"
    } else {
        $script:Failures++
        Write-Host "FAIL  $What  $Seen" -ForegroundColor Red
    }
}

# --- Windows -------------------------------------------------------------------------------------------------------

function Invoke-Msi([string[]]$Words) {
    $log = Join-Path $Work ('msi-{0}.log' -f [IO.Path]::GetRandomFileName())
    $all = $Words + @('/qn', '/norestart', '/l*v', "`"$log`"")
    $process = Start-Process msiexec.exe -ArgumentList $all -Wait -PassThru
    Check "msiexec $Words" ($process.ExitCode -eq 0) "code $($process.ExitCode), see $log"
}

function Install-Agent([string[]]$Properties = @()) { Invoke-Msi (@('/i', "`"$Msi`"") + $Properties) }
function Uninstall-Agent([string[]]$Properties = @()) { Invoke-Msi (@('/x', "`"$Msi`"") + $Properties) }
function Test-ServiceExists([string]$Name) { [bool](Get-Service -Name $Name -ErrorAction SilentlyContinue) }

function Test-Logon([string]$Password) {
    $token = [IntPtr]::Zero
    $good = [Smoke.Native]::LogonUserW($User, '.', $Password, 3, 0, [ref]$token)
    if ($good) { [void][Smoke.Native]::CloseHandle($token) }
    $good
}

# Not by "net accounts", whose words are in the language of the machine.
function Get-LeastPasswordLength {
    $file = Join-Path $Work 'policy.inf'
    $words = '/export', '/areas', 'SECURITYPOLICY', '/cfg', "`"$file`""
    Start-Process secedit.exe -ArgumentList $words -Wait -WindowStyle Hidden
    [int](Select-String -Path $file -Pattern '^MinimumPasswordLength = (\d+)').Matches[0].Groups[1].Value
}

function Set-LeastPasswordLength([int]$Length) {
    Start-Process net.exe -ArgumentList 'accounts', "/minpwlen:$Length" -Wait -WindowStyle Hidden
}

function Assert-Private([string]$Path) {
    $acl = Get-Acl $Path
    $sids = @($acl.GetAccessRules($true, $true, [Security.Principal.SecurityIdentifier]) |
        ForEach-Object { $_.IdentityReference.Value } | Sort-Object -Unique)
    $owner = $acl.GetOwner([Security.Principal.SecurityIdentifier]).Value
    $strangers = @($sids + $owner | Where-Object { $SystemAndAdministrators -notcontains $_ })
    Check "$Path is open to SYSTEM and Administrators alone" ($strangers.Count -eq 0 -and $sids.Count -gt 0) $acl.Sddl
}

# --- A metadata service --------------------------------------------------------------------------------------------

function Get-FreePort {
    $listener = New-Object Net.Sockets.TcpListener ([Net.IPAddress]::Loopback), 0
    $listener.Start()
    $listener.LocalEndpoint.Port
    $listener.Stop()
}

# The blob that holds this password: salt, then AES-128-CBC with key and IV derived from the uuid.
function New-Blob([string]$Password) {
    $salt = [byte[]](1, 2, 3, 4, 5, 6, 7, 8)
    $derive = New-Object Security.Cryptography.Rfc2898DeriveBytes $Uuid, $salt, 5000
    $aes = [Security.Cryptography.Aes]::Create()
    $aes.Mode = 'CBC'
    $aes.Padding = 'PKCS7'
    $aes.Key = $derive.GetBytes(16)
    $aes.IV = $aes.Key
    $plain = [Text.Encoding]::UTF8.GetBytes($Password)
    $sealed = $aes.CreateEncryptor().TransformFinalBlock($plain, 0, $plain.Length)
    [Convert]::ToBase64String($salt) + [Convert]::ToBase64String($sealed)
}

$Serve = {
    param($Listener, $Cloud)
    while ($Listener.IsListening) {
        try { $context = $Listener.GetContext() } catch { break }
        $reader = New-Object IO.StreamReader $context.Request.InputStream
        $what = $context.Request.HttpMethod + ' ' + $context.Request.Url.Segments[-1]
        [void]$Cloud.Requests.Add($what + ' ' + $reader.ReadToEnd())
        $answer = ''
        switch ($what) {
            'GET resetpwd_flag' { $answer = '{"resetpwd_flag": "True"}' }
            'GET meta_data.json' { $answer = '{"uuid": "' + $Cloud.Uuid + '"}' }
            'GET reset_password' { $answer = '{"reset_password": "' + $Cloud.Blob + '"}' }
            'DELETE reset_password' { $Cloud.Blob = '' }
        }
        $bytes = [Text.Encoding]::UTF8.GetBytes($answer)
        $context.Response.ContentLength64 = $bytes.Length
        $context.Response.OutputStream.Write($bytes, 0, $bytes.Length)
        $context.Response.Close()
    }
}

# Always the same answer. Listener.Stop() ends it.
$ServeRaw = {
    param($Listener, $Answer)
    while ($client = $Listener.AcceptTcpClient()) {
        [void]$client.GetStream().Read((New-Object byte[] 9999), 0, 9999)
        [void]$client.Client.Send([Text.Encoding]::ASCII.GetBytes($Answer))
        $client.Close()
    }
}

function Set-Pending([string]$Blob) {
    $Cloud.Requests.Clear()
    $Cloud.Blob = $Blob
}

function Test-Acknowledged { [bool]($Cloud.Requests -like 'DELETE reset_password*') }

# --- The agent -----------------------------------------------------------------------------------------------------

# The real Administrator is nobody's to reset here: without --user it is a dry run.
function Invoke-Agent([string]$Url, [string]$Program = $Exe, [string]$Folder = $Work, [switch]$DryRun) {
    $all = @('run', '--metadata-url', $Url, '--deadline', 20) + $(if ($DryRun) { '--dry-run' } else { '--user', $User })
    $process = Start-Process $Program -ArgumentList $all -WorkingDirectory $Folder -Wait -PassThru -NoNewWindow `
        -RedirectStandardError (Join-Path $Work 'stderr.txt')
    $process.ExitCode
}

# sc.exe, as Start-Service takes a service that has ended already for one that failed.
function Invoke-Service {
    Start-Process sc.exe -ArgumentList 'start', $Service -Wait -WindowStyle Hidden
    (Get-Service $Service).WaitForStatus('Stopped', [TimeSpan]::FromSeconds(120))
    (Get-CimInstance Win32_Service -Filter "Name='$Service'").ServiceSpecificExitCode
}

function Set-Config([string[]]$Lines) {
    Set-Content $Config (@("metadata_url = $Url", "user = $User", 'deadline_s = 20') + $Lines) -Encoding ASCII
}

# In a process of its own: it maps the program, for its texts, and that must be over before the program is removed.
function Get-Events([string]$Log, [string]$Provider, [datetime]$Since) {
    Start-Sleep -Seconds 2
    Start-Job -ArgumentList @{ LogName = $Log; ProviderName = $Provider; StartTime = $Since } -ScriptBlock {
        param($Filter)
        Get-WinEvent -FilterHashtable $Filter -ErrorAction SilentlyContinue |
            Select-Object 'Id', 'Message', @{ Name = 'Second'; Expression = { [string]$_.Properties[1].Value } }
    } | Receive-Job -Wait -AutoRemoveJob
}

# --- The checks ----------------------------------------------------------------------------------------------------

function Assert-Installed {
    $found = Get-CimInstance Win32_Service -Filter "Name='$Service'"
    Check 'the path of the service is quoted' ($found.PathName -eq "`"$Exe`" service") $found.PathName
    Check 'it starts at boot, as LocalSystem' ($found.StartMode -eq 'Auto' -and $found.StartName -eq 'LocalSystem')
    Check 'it was not started' ($found.State -eq 'Stopped' -and -not (Test-Path "$Data\state"))
    Assert-Private $Data
    foreach ($file in $Msi, $Exe) {
        Write-Host "      signature of ${file}: $((Get-AuthenticodeSignature $file).Status)"
    }
}

# Without a configuration, as that could name an account.
function Assert-FindsAdministrator {
    $before = Get-LocalUser | Where-Object { $_.SID.Value -like 'S-1-5-21-*-500' }
    Set-Pending $KnownBlob
    $code = Invoke-Agent $Url -DryRun
    $said = Get-Content "$Work\stderr.txt" -Encoding UTF8
    $found = $said -like "*would-apply: reset of $($before.Name):*"
    Check 'a dry run finds the administrator' ($code -eq 0 -and $found) "code $code $said"
    $same = (Get-LocalUser -SID $before.SID).PasswordLastSet -eq $before.PasswordLastSet
    Check 'and changes nothing' ($same -and -not ($Cloud.Requests -notlike 'GET *')) "$($Cloud.Requests)"
}

function Assert-Resets {
    Set-Pending $KnownBlob
    $code = Invoke-Agent $Url
    Check 'the known answer is applied' ($code -eq 0 -and (Test-Logon $KnownPassword)) "code $code"
    Check 'and acknowledged' (Test-Acknowledged)
    Assert-Private "$Data\state"
    Get-ChildItem "$Data\state" | ForEach-Object { Assert-Private $_.FullName }

    $second = 'Zw' + [char]0xF6 + 'lf#Boxk' + [char]0xE4 + 'mpfer 12'
    Set-Pending (New-Blob $second)
    $code = Invoke-Agent $Url
    Check 'a second one, not ASCII' ($code -eq 0 -and (Test-Logon $second)) "code $code"

    Disable-LocalUser $User
    Set-Config 'unlock = yes'
    Set-Pending (New-Blob 'Enabled#Again#2026')
    $code = Invoke-Agent $Url
    Check 'unlock = yes enables the account' ($code -eq 0 -and (Get-LocalUser $User).Enabled) "code $code"
}

function Assert-Service {
    $since = Get-Date
    Set-Config @()
    Set-Pending (New-Blob 'By#The#Service#1')
    $code = Invoke-Service
    Check 'the service resets' ($code -eq 0 -and (Test-Logon 'By#The#Service#1')) "code $code"
    $texts = @(Get-Events Application $Service $since | ForEach-Object { $_.Message })
    Check 'the event log shows its words' ([bool]($texts -like "*password of $User is set*")) ($texts -join ' | ')

    $since = Get-Date
    Set-LeastPasswordLength 14
    Set-Pending (New-Blob 'Ab1!')
    $code = Invoke-Service
    Check 'a password that is too short is refused with its code' ($code -eq 29) "code $code"
    Check 'the old one stands, nothing is acknowledged' ((Test-Logon 'By#The#Service#1') -and -not (Test-Acknowledged))
    Check 'the cloud is told why' ([bool]($Cloud.Requests -like 'POST reset_password_result*password-too-short*'))
    $codes = @(Get-Events System 'Service Control Manager' $since | Where-Object Id -eq 7024 | ForEach-Object Second)
    Check 'the service control manager logs 7024 with the code' ($codes -contains '%%29') ($codes -join ' ')
}

# From a service that always gives this answer, or none.
function Get-CodeOfAnswer([string]$Answer) {
    $raw = New-Object Net.Sockets.TcpListener ([Net.IPAddress]::Loopback), 0
    $raw.Start()
    $server = [PowerShell]::Create().AddScript($ServeRaw).AddArgument($raw).AddArgument($Answer)
    if ($Answer) { [void]$server.BeginInvoke() }
    Invoke-Agent "http://127.0.0.1:$($raw.LocalEndpoint.Port)"
    $raw.Stop()
}

function Assert-Network {
    $code = Invoke-Agent "http://127.0.0.1:$(Get-FreePort)"
    Check 'refused: unreachable' ($code -eq 10) "code $code"
    $code = Get-CodeOfAnswer ''
    Check 'silent: timed out' ($code -eq 11) "code $code"
    $start = "HTTP/1.1 200 OK`r`nConnection: close`r`n"
    $nothing = '{"resetpwd_flag": "True", "reset_password": ""}'
    $chunk = "${start}Transfer-Encoding: chunked`r`n`r`n$($nothing.Length.ToString('x'))`r`n$nothing`r`n"
    $code = Get-CodeOfAnswer "${chunk}0`r`n`r`n"
    Check 'a whole answer in chunks: nothing is pending' ($code -eq 0) "code $code"
    foreach ($cut in $chunk, "${start}Content-Length: 100`r`n`r`n$nothing", $start) {
        $code = Get-CodeOfAnswer $cut
        Check "cut, and not believed: $($cut -replace '\s+', ' ')" ($code -ne 0) "code $code"
    }
}

function Get-Finding([string]$Name) {
    (& $Exe check --json --metadata-url $Url --user $User | ConvertFrom-Json).checks | Where-Object name -eq $Name
}

# Made bad, and mended by the command that the check names.
function Assert-Check {
    $makeBad = @{
        'locked'     = { Disable-LocalUser $User }
        'expired'    = { Set-LocalUser $User -AccountExpires (Get-Date).AddDays(-1) }
        'service'    = { Set-Service $Service -StartupType Disabled }
        'old-plugin' = {
            [void](New-Item -ItemType Directory "C:\$($JavaPlugin[0])\jre")
            [void](New-Service -Name $JavaPlugin[0] -BinaryPathName 'C:\wrapper.exe' -StartupType Manual)
        }
    }
    foreach ($name in $makeBad.Keys) {
        & $makeBad[$name]
        $bad = Get-Finding $name
        Check "check, ${name}: seen" ($bad.level -eq 'FAIL' -or $bad.level -eq 'WARN') "$bad"
        [void](cmd.exe /c $bad.mend)
        $good = Get-Finding $name
        Check "check, ${name}: mended by $($bad.mend)" ($good.level -eq 'OK') "$good"
    }

    [void](net.exe user $User /logonpasswordchg:yes)
    Check 'check, must-change: seen' ((Get-Finding 'must-change').found -like '*must be changed*')
    Set-Pending (New-Blob 'Changed#By#A#Reset#1')
    [void](Invoke-Agent $Url)
    Check 'a reset ends it' ((Get-Finding 'must-change').found -eq 'no')
}

# A DLL that is no DLL: whoever loads it fails.
function Assert-DllSearch {
    $folder = (New-Item -ItemType Directory (Join-Path $Work 'planted')).FullName
    foreach ($dll in 'winhttp', 'webio', 'bcrypt', 'iphlpapi', 'netapi32', 'netutils', 'samcli', 'dnsapi', 'cryptbase',
        'ws2_32', 'sspicli', 'userenv', 'profapi', 'version', 'dhcpcsvc', 'winnsi') {
        Set-Content "$folder\$dll.dll" 'not a DLL'
    }
    $nowhere = "http://127.0.0.1:$(Get-FreePort)"
    $code = Invoke-Agent $nowhere $Exe $folder
    Check 'no DLL is loaded from the current folder' ($code -eq 10) "code $code"
    Copy-Item $Exe $folder
    $code = Invoke-Agent $nowhere "$folder\resetpwd-agent.exe" $folder
    Check 'nor from beside the program' ($code -eq 10) "code $code"
}

function Assert-JavaPlugin {
    $precious = (New-Item -ItemType Directory (Join-Path $Work 'precious')).FullName
    Set-Content "$precious\file" 'precious'
    foreach ($name in $JavaPlugin) {
        [void](New-Item -ItemType Directory "C:\$name\jre\lib")
        Set-Content "C:\$name\jre\lib\file" 'x'
        [void](New-Service -Name $name -BinaryPathName "C:\$name\bin\wrapper.exe" -StartupType Manual)
    }
    [void](New-Item -ItemType Junction -Path "C:\$($JavaPlugin[0])\jre\link" -Target $precious)
    Install-Agent 'REPLACE_JAVA_PLUGIN=1'
    foreach ($name in $JavaPlugin) {
        Check "$name is gone" (-not (Test-Path "C:\$name") -and -not (Test-ServiceExists $name))
    }
    Check 'what a link in it led to is not' (Test-Path "$precious\file")
}

function Assert-Removed {
    Check 'the service is gone' (-not (Test-ServiceExists $Service))
    Check 'the program is gone' (-not (Test-Path (Split-Path $Exe)))
    $source = "HKLM:\SYSTEM\CurrentControlSet\Services\EventLog\Application\$Service"
    Check 'the event source is gone' (-not (Test-Path $source))
}

if (-not [Environment]::Is64BitProcess) { throw 'this script wants a 64-bit PowerShell' }
foreach ($place in @($Data, (Split-Path $Exe)) + @($JavaPlugin | ForEach-Object { "C:\$_" })) {
    if (Test-Path $place) { throw "$place is there already: this script wants a machine without it" }
}
foreach ($name in @($Service) + $JavaPlugin) { if (Test-ServiceExists $name) { throw "there is a service $name" } }
if (Get-LocalUser | Where-Object { $_.Name -eq $User }) { throw "there is an account $User already" }

[void](New-Item -ItemType Directory $Work)
$leastLength = Get-LeastPasswordLength
$port = Get-FreePort
$Url = "http://127.0.0.1:$port/openstack/latest"
$requests = [Collections.ArrayList]::Synchronized((New-Object Collections.ArrayList))
$Cloud = [hashtable]::Synchronized(@{ Uuid = $Uuid; Blob = ''; Requests = $requests })
$listener = New-Object Net.HttpListener
$listener.Prefixes.Add("http://127.0.0.1:$port/")
try {
    $listener.Start()
    [void][PowerShell]::Create().AddScript($Serve).AddArgument($listener).AddArgument($Cloud).BeginInvoke()
    $first = ConvertTo-SecureString ('First#' + [Guid]::NewGuid()) -AsPlainText -Force
    [void](New-LocalUser -Name $User -Password $first -Description 'smoke test of resetpwd-agent')
    Install-Agent
    Assert-Installed
    Assert-FindsAdministrator
    Assert-Resets
    Assert-Service
    Assert-Network
    Assert-Check
    Assert-DllSearch
    Uninstall-Agent
    Assert-Removed
    Check 'the configuration is kept' (Test-Path $Config)
    Assert-JavaPlugin
    Uninstall-Agent 'PURGE=1'
    Assert-Removed
    Check 'PURGE=1 takes configuration and record' (-not (Test-Path $Data))
} finally {
    Set-LeastPasswordLength $leastLength
    $listener.Close()
    Remove-LocalUser $User -ErrorAction SilentlyContinue
}
Write-Host "$script:Failures failed; logs are in $Work."
if ($script:Failures -gt 0) { exit 1 }
