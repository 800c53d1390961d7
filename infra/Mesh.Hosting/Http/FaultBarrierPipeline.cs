using Microsoft.AspNetCore.Builder;

namespace Mesh.Hosting.Http;

/// <summary>Puts the last line before what it guards.</summary>
public static class FaultBarrierPipeline
{
    /// <summary>Turns what the pipeline behind it throws into problem documents.</summary>
    public static IApplicationBuilder UseFaultBarrier(this IApplicationBuilder app) => app.UseMiddleware<FaultBarrier>();
}
