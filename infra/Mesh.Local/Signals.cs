using System.Runtime.InteropServices;

namespace Mesh.Local;

/// <summary>Turns SIGINT and SIGTERM into a cancellation.</summary>
internal static class Signals
{
    public static IDisposable CancelOnStop(CancellationTokenSource stopping)
    {
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stopping.Cancel();
        }

        return new Both(PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop));
    }

    private sealed record Both(IDisposable First, IDisposable Second) : IDisposable
    {
        public void Dispose()
        {
            First.Dispose();
            Second.Dispose();
        }
    }
}
