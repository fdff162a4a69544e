; Whoever uninstalls is asked about the data, and the safe answer is the default: with the identity go its names and the certificate.
!macro customUnInstall
  ${ifNot} ${isUpdated}
    MessageBox MB_YESNO|MB_ICONQUESTION "Keep your identity and certificate for a later installation?$\r$\n$\r$\nIf you choose No, the folder $APPDATA\nodetrust is deleted, and this computer becomes a new peer should you come back." /SD IDYES IDYES keep
    RMDir /r "$APPDATA\nodetrust"
    keep:
  ${endIf}
!macroend
