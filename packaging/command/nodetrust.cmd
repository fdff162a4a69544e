@echo off
rem The `nodetrust` command: finds a Node that is new enough and hands over. NODE names another one than the first on the PATH.
setlocal
set "NT_PROGRAM=node"
if defined NODE set "NT_PROGRAM=%NODE%"
set "NT_MAJOR="
for /f "tokens=1 delims=." %%v in ('"%NT_PROGRAM%" -p process.versions.node 2^>nul') do set "NT_MAJOR=%%v"
if not defined NT_MAJOR goto missing
if %NT_MAJOR% LSS 24 goto missing
endlocal & "%NT_PROGRAM%" --disable-warning=ExperimentalWarning --max-semi-space-size=4 --heap-growing-percent=40 "%~dp0nodetrust.mjs" %*
exit /b %ERRORLEVEL%
:missing
echo nodetrust: this needs Node 24 or newer. Install it from https://nodejs.org, or set NODE to the path of node.exe. 1>&2
exit /b 1
