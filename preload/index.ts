// The one bridge between the window's page and the node: a frozen object with three members. It runs in Electron's sandbox
// with the page's process, so it holds nothing that a page may not have: no IPC object, no events, no environment.
import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron'
import { IPC_CALL, IPC_PUSH, type PreloadApi } from '../proto/api/frames.ts'

const api: PreloadApi = {
  platform: process.platform,
  async call(method, input) {
    try {
      return await ipcRenderer.invoke(IPC_CALL, { method, input })
    } catch {
      // nobody answers, or the input cannot be sent; Electron's words are not for a page
      return { ok: false, problem: { code: 'unavailable', params: {}, retryable: true, detail: '' } }
    }
  },
  subscribe(listener) {
    const pass = (_event: IpcRendererEvent, push: unknown): void => listener(push)
    ipcRenderer.on(IPC_PUSH, pass)
    return () => void ipcRenderer.removeListener(IPC_PUSH, pass)
  },
}

contextBridge.exposeInMainWorld('nodetrust', Object.freeze(api))
