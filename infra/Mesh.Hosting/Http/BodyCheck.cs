using Mesh.Contracts;
using Mesh.Hosting.Decisions;
using Microsoft.AspNetCore.Http;

namespace Mesh.Hosting.Http;

/// <summary>Checks the form of every body that can check itself, before the endpoint runs.</summary>
internal sealed class BodyCheck : IEndpointFilter
{
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        for (var i = 0; i < context.Arguments.Count; i++)
        {
            if (context.Arguments[i] is not IChecked body) continue;
            var faults = new Faults();
            body.Check(faults);
            if (faults.Items.Count == 0) continue;
            var first = faults.Items[0];
            var rejection = Rejection.Malformed("body.invalid", faults.Items.Count == 1 ? $"'{first.Field}' {first.Message}" : $"{faults.Items.Count} fields are wrong; the first: '{first.Field}' {first.Message}");
            return ValueTask.FromResult<object?>(TypedResults.Problem(Problems.Document(rejection, StatusCodes.Status400BadRequest, faults.Items)));
        }

        return next(context);
    }
}
