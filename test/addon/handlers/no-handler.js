// A module that forgot defineHandler.
export default () => () => {}
