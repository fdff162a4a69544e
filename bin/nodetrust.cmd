@echo off
rem The `nodetrust` command of a clone: bin\nodetrust status. It needs Node 20 or newer with npm.
node "%~dp0..\scripts\nodetrust.mjs" %*
